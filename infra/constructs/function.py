"""One Lambda function with its own role and its own log group."""

import platform
from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.bundle import Target
from infra.constructs.acknowledgements import acknowledge
from infra.constructs.log_group import log_group
from infra.constructs.permissions import acknowledge_wildcards, statements, with_key
from infra.rows import Function, Resource
from infra.stages import Stage


class LarderFunction(Construct):
    """A function that may do what its row in `infra/routes.py` says, and write its log.

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        row: The function's row.
        code: The asset that all functions share.
        arns: The ARNs of the resources that the row names.
        environment: The code's environment variables.
        stage: What the asset was built for, and how long the log is kept.
        reserved: Its reserved concurrency, which is also its most; None for no reservation.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        row: Function,
        code: lambda_.Code,
        arns: Mapping[Resource, str],
        environment: Mapping[str, str],
        stage: Stage,
        reserved: int | None = None,
    ) -> None:
        super().__init__(scope, id)
        log = log_group(self, "Log", days=stage.log_days)
        role = self._role(row, arns, log)
        self.function = lambda_.Function(
            self,
            "Function",
            architecture=_architecture(stage.target),
            code=code,
            description=f"Larder: {row.name}",
            environment=dict(environment),
            handler=row.handler,
            log_group=log,
            memory_size=row.memory_mib,
            reserved_concurrent_executions=reserved,
            # CDK would add permissions that the role has already.
            role=role.without_policy_updates(),
            runtime=lambda_.Runtime(
                f"python{stage.target.python_version}", lambda_.RuntimeFamily.PYTHON
            ),
            timeout=Duration.seconds(row.timeout_seconds),
            # Active tracing would need X-Ray's actions on every resource; API Gateway traces.
            tracing=lambda_.Tracing.DISABLED,
        )
        if stage.target.platform is None:
            reason = "The emulator runs the functions with this machine's own Python."
            acknowledge(self.function, "L1", reason)

    def _role(self, row: Function, arns: Mapping[Resource, str], log: logs.ILogGroup) -> iam.Role:
        permissions = with_key(row.permissions, arns)
        policy = iam.PolicyDocument(statements=statements(permissions, arns))
        policy.add_statements(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[log.log_group_arn],
            )
        )
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Larder: {row.name}",
            inline_policies={"LeastPrivilege": policy},
        )
        acknowledge_wildcards(role, row.permissions, arns)
        return role


def _architecture(target: Target) -> lambda_.Architecture:
    machine = (target.platform or platform.machine()).partition("-")[0]
    return {"aarch64": lambda_.Architecture.ARM_64, "arm64": lambda_.Architecture.ARM_64}.get(
        machine, lambda_.Architecture.X86_64
    )
