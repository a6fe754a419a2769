"""The network of the front door's tasks."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.permissions import statements
from infra.rows import Permission, Resource

_TASKS = "Tasks"
_BALANCER = "LoadBalancer"


class Network(Construct):
    """A VPC in two zones without a NAT gateway, with free endpoints for S3 and DynamoDB.

    Tasks have public addresses, since public.ecr.aws and CloudWatch Logs have no free endpoint;
    their security group admits only the load balancer, which is internal. CloudFront requires an
    internet gateway in the VPC of its origin, though it does not use it.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        zones: Two availability zones; if empty, the account's first two.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        zones: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            availability_zones=list(zones) or None,
            max_azs=None if zones else 2,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name=_TASKS,
                    subnet_type=ec2.SubnetType.PUBLIC,
                    map_public_ip_on_launch=False,  # only the service's tasks get one
                ),
                ec2.SubnetConfiguration(
                    name=_BALANCER, subnet_type=ec2.SubnetType.PRIVATE_ISOLATED
                ),
            ],
        )
        acknowledge(
            self.vpc,
            "VPC7",
            "Each request is in the logs of CloudFront and of the task, and nothing else comes in.",
        )
        self.tasks = ec2.SubnetSelection(subnet_group_name=_TASKS)
        self.balancer = ec2.SubnetSelection(subnet_group_name=_BALANCER)

    def add_endpoints(
        self,
        role: iam.IRole,
        permissions: Sequence[Permission],
        arns: Mapping[Resource, str],
        more: Sequence[iam.PolicyStatement],
    ) -> None:
        """Add endpoints for S3 and DynamoDB, which only one role may use, for what it may do.

        Args:
            role: Who may use them.
            permissions: Its row.
            arns: What the row's permissions are for.
            more: What else it may do in S3.
        """
        services = (
            ("s3", ec2.GatewayVpcEndpointAwsService.S3, more),
            ("dynamodb", ec2.GatewayVpcEndpointAwsService.DYNAMODB, ()),
        )
        for name, service, besides in services:
            endpoint = self.vpc.add_gateway_endpoint(name, service=service, subnets=[self.tasks])
            own = [one for one in permissions if one.actions[0].startswith(f"{name}:")]
            for statement in (*statements(own, arns), *besides):
                open_to_role = statement.copy()
                open_to_role.add_any_principal()  # these endpoints take no other principal
                open_to_role.add_condition("ArnEquals", {"aws:PrincipalArn": role.role_arn})
                endpoint.add_to_policy(open_to_role)
