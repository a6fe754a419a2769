"""The stack of the streaming way in: CloudFront before the API, and the tasks behind it.

It may be made and deleted at any time; all that is stored is the data stack's.
"""

from pathlib import Path

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.constructs.distribution import Distribution
from infra.constructs.front_door_alarms import FrontDoorAlarms
from infra.constructs.front_door_tasks import FrontDoorTasks
from infra.constructs.load_balancer import LoadBalancer
from infra.constructs.network import Network
from infra.constructs.origin_access import OriginAccess
from infra.front_door_settings import FrontDoor
from infra.stacks.api import ApiStack
from infra.stacks.data import DataStack
from infra.stages import Stage


class FrontDoorStack(Stack):
    """One URL for everything; what it costs is in `docs/front-door.md`."""

    def __init__(
        self,
        scope: Construct,
        *,
        stage: Stage,
        front_door: FrontDoor,
        data: DataStack,
        api: ApiStack,
        asset: Path,
    ) -> None:
        super().__init__(
            scope,
            f"{stage.prefix}-front-door",
            description=f"Larder ({stage.name}): the streaming way in",
        )
        self.add_stack_dependency(api)
        network = Network(self, "Network", zones=front_door.zones)
        balancer = LoadBalancer(self, "LoadBalancer", network=network)
        tasks = FrontDoorTasks(
            self,
            "Tasks",
            stage=stage,
            front_door=front_door,
            arns=data.arns(),
            environment={**data.code_environment(), "API_KEYS_TABLE": data.api_keys.table_name},
            asset=asset,
            balancer=balancer,
        )
        edge = Distribution(self, "Edge", stage=stage, api_id=api.api_id, balancer=balancer)
        OriginAccess(
            self,
            "OriginAccess",
            balancer=balancer,
            distribution=edge.distribution,
            log_days=stage.log_days,
        )
        FrontDoorAlarms(
            self,
            "Alarms",
            balancer=balancer,
            service=tasks.service,
            front_door=front_door,
            email=stage.alarm_email,
        )
        CfnOutput(self, "ApiUrl", value=edge.base_url)
