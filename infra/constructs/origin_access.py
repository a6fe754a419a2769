"""Letting CloudFront, and nobody else, reach the load balancer."""

from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import custom_resources
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.load_balancer import LISTENER_PORT, LoadBalancer
from infra.constructs.log_group import log_group

_NAME = "CloudFront-VPCOrigins-Service-SG"


class OriginAccess(Construct):
    """One rule, for the security group that CloudFront makes in the VPC of its origin.

    CloudFormation does not tell the group's id, so a function asks for it while the stack is
    deployed, once the distribution is there. The list of all of CloudFront's addresses would need
    its id per region, and a rule for the VPC's own does not let CloudFront in.
    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cloudfront_origins-readme.html#the-vpc-origin-service-security-group

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        balancer: What CloudFront may reach, and where it makes the group.
        distribution: Whose origin it is.
        log_days: How long the log of that function is kept.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        balancer: LoadBalancer,
        distribution: cloudfront.IDistribution,
        log_days: int,
    ) -> None:
        super().__init__(scope, id)
        lookup_call = custom_resources.AwsSdkCall(
            service="ec2",
            action="describeSecurityGroups",
            parameters={
                "Filters": [
                    {"Name": "vpc-id", "Values": [balancer.network.vpc.vpc_id]},
                    {"Name": "group-name", "Values": [_NAME]},
                ]
            },
            physical_resource_id=custom_resources.PhysicalResourceId.of(_NAME),
            output_paths=["SecurityGroups.0.GroupId"],
        )
        log = log_group(self, "Log", days=log_days)
        lookup = custom_resources.AwsCustomResource(
            self,
            "Ask",
            on_update=lookup_call,  # when it is made, too
            role=self._role(log.log_group_arn).without_policy_updates(),
            log_group=log,
            install_latest_aws_sdk=False,
        )
        lookup.node.add_dependency(distribution)
        ec2.CfnSecurityGroupIngress(
            self,
            "Rule",
            group_id=balancer.group.security_group_id,
            source_security_group_id=lookup.get_response_field("SecurityGroups.0.GroupId"),
            ip_protocol="tcp",
            from_port=LISTENER_PORT,
            to_port=LISTENER_PORT,
            description="CloudFront",
        )

    def _role(self, log_arn: str) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description="Larder: finds CloudFront's security group",
            inline_policies={
                "LeastPrivilege": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            actions=["ec2:DescribeSecurityGroups"], resources=["*"]
                        ),
                        iam.PolicyStatement(
                            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                            resources=[log_arn],
                        ),
                    ]
                )
            },
        )
        acknowledge(
            role, "IAM5[Resource::*]", "Describing security groups cannot be held to a resource."
        )
        return role
