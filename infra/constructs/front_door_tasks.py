"""The tasks of the front door: what runs, as whom, and how many."""

import json
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Duration, Size, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.front_door_scaling import FrontDoorScaling
from infra.constructs.load_balancer import TASK_PORT, LoadBalancer
from infra.constructs.log_group import log_group
from infra.constructs.permissions import acknowledge_wildcards, statements, with_key
from infra.front_door_command import IMAGE, front_door_command
from infra.front_door_settings import SIGNS_WITHOUT_CRT, FrontDoor, front_door_as_settings
from infra.routes import FRONT_DOOR
from infra.rows import Resource
from infra.stages import Stage

STOP_SECONDS = 120  # the most that Fargate allows
_NOBODY = "65534"
_ECS = "ecs-tasks.amazonaws.com"


class FrontDoorTasks(Construct):
    """A service on Fargate whose task may do what its row says, and fetch its code.

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        stage: What the asset was built for, and how long the log is kept.
        front_door: The stage's front door.
        arns: What the permissions of its row are for.
        environment: The variables that describe the deployment to the code.
        asset: The folder of the code.
        balancer: Who forwards requests to the tasks, in whose network they are.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        stage: Stage,
        front_door: FrontDoor,
        arns: Mapping[Resource, str],
        environment: Mapping[str, str],
        asset: Path,
        balancer: LoadBalancer,
    ) -> None:
        super().__init__(scope, id)
        self._code = s3_assets.Asset(self, "Code", path=str(asset))
        fetch = iam.PolicyStatement(
            actions=["s3:GetObject"],
            resources=[f"{self._code.bucket.bucket_arn}/{self._code.s3_object_key}"],
        )
        role = self._task_role(arns, fetch)
        balancer.network.add_endpoints(role, FRONT_DOOR.permissions, arns, [fetch])
        log = log_group(self, "Log", days=stage.log_days)
        definition = self._definition(stage, front_door, role, log, environment)
        self.service = self._service(definition, balancer)
        FrontDoorScaling(
            self, "Scaling", service=self.service, balancer=balancer, front_door=front_door
        )

    def _task_role(self, arns: Mapping[Resource, str], fetch: iam.PolicyStatement) -> iam.Role:
        own = statements(with_key(FRONT_DOOR.permissions, arns), arns)
        policy = iam.PolicyDocument(statements=[*own, fetch])
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(_ECS),
            description="Larder: the front door",
            inline_policies={"LeastPrivilege": policy},
        )
        acknowledge_wildcards(role, FRONT_DOOR.permissions, arns)
        return role

    def _execution_role(self, log: logs.ILogGroup) -> iam.Role:
        """What Fargate itself may do for a task: write its log. The image is public."""
        write = iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log.log_group_arn]
        )
        return iam.Role(
            self,
            "ExecutionRole",
            assumed_by=iam.ServicePrincipal(_ECS),
            description="Larder: the log of the front door",
            inline_policies={"LeastPrivilege": iam.PolicyDocument(statements=[write])},
        )

    def _definition(
        self,
        stage: Stage,
        front_door: FrontDoor,
        role: iam.Role,
        log: logs.ILogGroup,
        environment: Mapping[str, str],
    ) -> ecs.FargateTaskDefinition:
        definition = ecs.FargateTaskDefinition(
            self,
            "Definition",
            cpu=front_door.cpu,
            memory_limit_mib=front_door.memory_mib,
            # What CDK would add on its own is in the roles already, and no narrower.
            task_role=role.without_policy_updates(),
            execution_role=self._execution_role(log).without_policy_updates(),
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
        )
        definition.add_container(
            "FrontDoor",
            image=ecs.ContainerImage.from_registry(IMAGE),
            entry_point=[f"python{stage.target.python_version}"],
            command=front_door_command(self._code.s3_bucket_name, self._code.s3_object_key),
            environment=self._environment(front_door, environment),
            logging=ecs.LogDriver.aws_logs(
                log_group=log,
                stream_prefix="task",
                # A log that CloudWatch is slow to take must not hold up a request.
                mode=ecs.AwsLogDriverMode.NON_BLOCKING,
                max_buffer_size=Size.mebibytes(4),
            ),
            port_mappings=[ecs.PortMapping(container_port=TASK_PORT)],
            stop_timeout=Duration.seconds(STOP_SECONDS),
            user=_NOBODY,
        )
        acknowledge(definition, "ECS2", "Nothing that the task is told is a secret.")
        return definition

    def _environment(self, front_door: FrontDoor, environment: Mapping[str, str]) -> dict[str, str]:
        region = Stack.of(self).region
        settings = front_door_as_settings(front_door)
        return {
            **environment,
            **SIGNS_WITHOUT_CRT,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "FRONT_DOOR": json.dumps(settings, separators=(",", ":")),
            "PORT": str(TASK_PORT),
        }

    def _service(
        self, definition: ecs.FargateTaskDefinition, balancer: LoadBalancer
    ) -> ecs.FargateService:
        cluster = ecs.Cluster(self, "Cluster", vpc=balancer.network.vpc)
        acknowledge(
            cluster, "ECS4", "The service's own metrics are free, and alarms are on what matters."
        )
        service = ecs.FargateService(
            self,
            "Service",
            cluster=cluster,
            task_definition=definition,
            assign_public_ip=True,
            vpc_subnets=balancer.network.tasks,
            security_groups=[balancer.tasks_group],
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            health_check_grace_period=Duration.seconds(60),
            min_healthy_percent=100,
            max_healthy_percent=200,
        )
        service.attach_to_application_target_group(balancer.targets)
        service.node.add_dependency(balancer.listener)
        return service
