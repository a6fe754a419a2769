"""A web ACL in front of the API, which limits requests before their key is checked."""

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.api_settings import Firewall

WINDOW_SECONDS = 300


class WebAcl(Construct):
    """Refuses an address with too many requests; a gateway response is its answer."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        firewall: Firewall,
        api: apigateway.RestApi,
    ) -> None:
        super().__init__(scope, id)
        acl = wafv2.CfnWebACL(
            self,
            "Acl",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            description="Larder: what one address may ask",
            rules=[
                wafv2.CfnWebACL.RuleProperty(
                    name="RequestsPerIp",
                    priority=0,
                    action=wafv2.CfnWebACL.RuleActionProperty(block={}),
                    statement=_more_than(firewall.requests_per_ip),
                    visibility_config=_shown("RequestsPerIp"),
                )
            ],
            scope="REGIONAL",
            visibility_config=_shown("Larder"),
        )
        wafv2.CfnWebACLAssociation(
            self,
            "Association",
            resource_arn=api.deployment_stage.stage_arn,
            web_acl_arn=acl.attr_arn,
        )


def _more_than(requests_per_ip: int) -> wafv2.CfnWebACL.StatementProperty:
    return wafv2.CfnWebACL.StatementProperty(
        rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
            aggregate_key_type="IP", evaluation_window_sec=WINDOW_SECONDS, limit=requests_per_ip
        )
    )


def _shown(metric: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True,
        metric_name=metric,
        sampled_requests_enabled=False,  # samples would show headers, and so keys
    )
