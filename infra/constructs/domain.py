"""An own domain name for the API, and its DNS record."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from infra.api_settings import Domain
from infra.constructs.rest_api import BASE_PATH


class ApiDomain(Construct):
    """A regional domain, under whose base path the API's stage is.

    API Gateway applies the API's own TLS policy to every domain, and advises to set both alike.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-update.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        domain: Domain,
        api: apigateway.RestApi,
    ) -> None:
        super().__init__(scope, id)
        name = apigateway.DomainName(
            self,
            "Name",
            domain_name=domain.name,
            certificate=certificate_of(self, domain),
            endpoint_type=apigateway.EndpointType.REGIONAL,
            endpoint_access_mode=apigateway.EndpointAccessMode.BASIC,
            security_policy=apigateway.SecurityPolicy.TLS13_1_2_PQ_2025_09,
        )
        name.add_base_path_mapping(api, base_path=BASE_PATH, stage=api.deployment_stage)
        point(
            self, domain, to=targets.ApiGatewayDomain(name), host=name.domain_name_alias_domain_name
        )


def certificate_of(scope: Construct, domain: Domain) -> certificates.ICertificate:
    """The domain's certificate, which the team has made."""
    return certificates.Certificate.from_certificate_arn(
        scope, "Certificate", domain.certificate_arn
    )


def base_url(domain: Domain) -> str:
    """The URL for users."""
    return f"https://{domain.name}/{BASE_PATH}"


def point(
    scope: Construct,
    domain: Domain,
    *,
    to: route53.IAliasRecordTarget,
    host: str,
    over_ipv6: bool = False,
) -> None:
    """Write the name's records into its zone, or output what it must point to.

    Args:
        scope: The construct that the records are part of.
        domain: The name, and its zone if Route 53 has it.
        to: The target of the records.
        host: The same as a host name, for a CNAME elsewhere.
        over_ipv6: Whether the target has IPv6 addresses, too.
    """
    if domain.zone_id is None or domain.zone_name is None:
        CfnOutput(
            Stack.of(scope),
            "DomainTarget",
            description=f"What {domain.name} must point to, as a CNAME record",
            value=host,
        )
        return
    zone = route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id=domain.zone_id, zone_name=domain.zone_name
    )
    target = route53.RecordTarget.from_alias(to)
    route53.ARecord(scope, "Ipv4", zone=zone, record_name=domain.name, target=target)
    if over_ipv6:
        route53.AaaaRecord(scope, "Ipv6", zone=zone, record_name=domain.name, target=target)
