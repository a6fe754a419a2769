"""CloudFront: the one URL, in front of API Gateway and the front door."""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.domain import base_url, certificate_of, point
from infra.constructs.load_balancer import LoadBalancer
from infra.constructs.rest_api import BASE_PATH
from infra.edge import API, FRONT_DOOR, route_function
from infra.stages import Stage

# The most without a quota increase. Slow clients are cut off sooner, so only the joining of a very
# large file takes this long.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
FRONT_DOOR_SECONDS = 120
API_SECONDS = 35  # API Gateway answers within 29, with an error if need be
MINIMUM_PROTOCOL = cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021
KEEP_ALIVE_SECONDS = 60  # less than the load balancer's idle timeout

# By default CloudFront caches an error for ten seconds, and answers it to other users of the path.
# These are all the errors that it caches.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
KEPT_ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)


class Distribution(Construct):
    """Sends each request where the function at the edge decides, and caches no answer.

    Without an own domain the certificate is that of cloudfront.net, for which a template cannot
    set the least version of TLS.

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        stage: Its domain, how long logs are kept, and what API Gateway and Lambda take.
        api_id: API Gateway's id of the API.
        balancer: The front door's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        stage: Stage,
        api_id: str,
        balancer: LoadBalancer,
    ) -> None:
        super().__init__(scope, id)
        self._domain = stage.domain
        self._function = cloudfront.Function(
            self,
            "Route",
            code=cloudfront.FunctionCode.from_inline(route_function(stage.limits.inline_bytes)),
            comment="Larder: who answers a request",
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Larder: {stage.prefix}",
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            default_behavior=self._behavior(_api(api_id)),
            # An origin is known to the function only if a behavior names it.
            additional_behaviors={
                f"/{BASE_PATH}/files/*/content": self._behavior(_front_door(balancer))
            },
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0))
                for status in KEPT_ERRORS
            ],
            enable_logging=True,
            log_bucket=_log_bucket(self, stage),
            domain_names=[self._domain.name] if self._domain else None,
            certificate=certificate_of(self, self._domain) if self._domain else None,
            minimum_protocol_version=MINIMUM_PROTOCOL if self._domain else None,
        )
        if self._domain is not None:
            point(
                self,
                self._domain,
                to=targets.CloudFrontTarget(self.distribution),
                host=self.distribution.distribution_domain_name,
                over_ipv6=True,
            )
        gateway = balancer.network.vpc.internet_connectivity_established
        self.distribution.node.add_dependency(gateway)  # CloudFront needs it, see Network
        self._acknowledge_rules()

    @property
    def base_url(self) -> str:
        """The URL for users."""
        if self._domain is not None:
            return base_url(self._domain)
        return f"https://{self.distribution.distribution_domain_name}/{BASE_PATH}"

    def _behavior(self, origin: cloudfront.IOrigin) -> cloudfront.BehaviorOptions:
        return cloudfront.BehaviorOptions(
            origin=origin,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            compress=False,
            function_associations=[
                cloudfront.FunctionAssociation(
                    function=self._function,
                    event_type=cloudfront.FunctionEventType.VIEWER_REQUEST,
                )
            ],
            # A redirect would be too late: the key would have been sent unencrypted.
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        )

    def _acknowledge_rules(self) -> None:
        for rule, reason in (
            ("CFR1", "Where users may be is the deploying team's to choose."),
            (
                "CFR2",
                "Only preflights and the console's page need no key; a web ACL is the team's.",
            ),
        ):
            acknowledge(self.distribution, rule, reason)
        if self._domain is None:
            acknowledge(
                self.distribution,
                "CFR4",
                "The default certificate allows no other; a domain of one's own has TLS 1.2.",
            )


def _api(api_id: str) -> cloudfront.IOrigin:
    return origins.HttpOrigin(
        f"{api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}",
        origin_id=API,
        protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
        origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
        read_timeout=Duration.seconds(API_SECONDS),
        keepalive_timeout=Duration.seconds(KEEP_ALIVE_SECONDS),
    )


def _front_door(balancer: LoadBalancer) -> cloudfront.IOrigin:
    return origins.VpcOrigin.with_application_load_balancer(
        balancer.balancer,
        origin_id=FRONT_DOOR,
        protocol_policy=cloudfront.OriginProtocolPolicy.HTTP_ONLY,
        read_timeout=Duration.seconds(FRONT_DOOR_SECONDS),
        keepalive_timeout=Duration.seconds(KEEP_ALIVE_SECONDS),
    )


def _log_bucket(scope: Construct, stage: Stage) -> s3.Bucket:
    bucket = s3.Bucket(
        scope,
        "Logs",
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(stage.log_days))],
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,  # CloudFront's logs need an ACL
        removal_policy=(
            RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if stage.retain else RemovalPolicy.DESTROY
        ),
    )
    acknowledge(
        bucket, "S1", "This is where logs are written to; nobody else writes or reads here."
    )
    return bucket
