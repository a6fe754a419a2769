"""The load balancer between CloudFront and the front door's tasks."""

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.network import Network

LISTENER_PORT = 80
TASK_PORT = 8080

# No byte in either direction for this long ends a connection. The front door cuts a client off
# sooner, and CloudFront waits for an answer at most 120 seconds.
IDLE_SECONDS = 180
# What a task that is to stop may take to finish what it has, before it is told to.
DRAIN_SECONDS = 300


class LoadBalancer(Construct):
    """Without an address outside its VPC; its security group decides who may reach it."""

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        network: Network,
    ) -> None:
        super().__init__(scope, id)
        self.network = network
        self.tasks_group = _group(self, "Tasks", network, "Larder: tasks of the front door")
        self.group = _group(self, "Group", network, "Larder: load balancer of the front door")
        self.group.add_egress_rule(self.tasks_group, ec2.Port.tcp(TASK_PORT), "to the tasks")
        self.tasks_group.add_ingress_rule(self.group, ec2.Port.tcp(TASK_PORT), "what is forwarded")
        self.tasks_group.add_egress_rule(
            ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS, whose addresses are not known"
        )
        self.balancer = self._balancer()
        self.targets = self._targets()
        # Plain HTTP: CloudFront's way here is private, and no certificate names this host.
        self.listener = self.balancer.add_listener(
            "Listener",
            protocol=elb.ApplicationProtocol.HTTP,
            port=LISTENER_PORT,
            open=False,
            default_target_groups=[self.targets],
        )

    def _balancer(self) -> elb.ApplicationLoadBalancer:
        balancer = elb.ApplicationLoadBalancer(
            self,
            "Balancer",
            vpc=self.network.vpc,
            vpc_subnets=self.network.balancer,
            internet_facing=False,
            security_group=self.group,
            idle_timeout=Duration.seconds(IDLE_SECONDS),
            drop_invalid_header_fields=True,
        )
        acknowledge(
            balancer,
            "ELB2",
            "Each request is in CloudFront's log and in the task's own, with its status and time.",
        )
        return balancer

    def _targets(self) -> elb.ApplicationTargetGroup:
        return elb.ApplicationTargetGroup(
            self,
            "Targets",
            vpc=self.network.vpc,
            target_type=elb.TargetType.IP,
            protocol=elb.ApplicationProtocol.HTTP,
            port=TASK_PORT,
            deregistration_delay=Duration.seconds(DRAIN_SECONDS),
            # Requests differ in length by hours, so whoever has the fewest gets the next.
            load_balancing_algorithm_type=(
                elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS
            ),
            health_check=elb.HealthCheck(
                path="/health",
                interval=Duration.seconds(10),
                timeout=Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=3,
            ),
        )


def _group(scope: Construct, id: str, network: Network, description: str) -> ec2.SecurityGroup:  # noqa: A002
    return ec2.SecurityGroup(
        scope, id, vpc=network.vpc, description=description, allow_all_outbound=False
    )
