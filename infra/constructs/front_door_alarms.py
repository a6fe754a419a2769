"""The alarms of the front door."""

from functools import partial

from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from infra.constructs.alarm import FIVE_MINUTES, add_alarm, topic_for
from infra.constructs.front_door_scaling import requests_per_task
from infra.constructs.load_balancer import LoadBalancer
from infra.front_door_settings import FrontDoor

FULL_SHARE = 0.9
FULL_PERCENT = 90


class FrontDoorAlarms(Construct):
    """Unhealthy tasks, failing answers, and full tasks although there are the most of them.

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        balancer: For metrics of the tasks' health and answers.
        service: For metrics of their CPU and memory.
        front_door: For how many requests a task takes.
        email: Who is notified.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        balancer: LoadBalancer,
        service: ecs.FargateService,
        front_door: FrontDoor,
        email: str | None,
    ) -> None:
        super().__init__(scope, id)
        self._alarm = partial(add_alarm, self, topic=topic_for(self, email))
        self._answers(balancer)
        self._alarm(
            "Full",
            "The tasks have as many requests in hand as they bear: raise most_tasks.",
            requests_per_task(balancer),
            threshold=front_door.requests_at_once * FULL_SHARE,
            periods=10,
        )
        self._alarm(
            "Busy",
            "The tasks' CPUs are busy in spite of all scaling: raise most_tasks or cpu.",
            service.metric_cpu_utilization(period=FIVE_MINUTES),
            threshold=FULL_PERCENT,
            periods=3,
        )
        self._alarm(
            "Memory",
            "A task is short of memory: lower requests_at_once or raise memory_mib.",
            service.metric_memory_utilization(period=FIVE_MINUTES, statistic="Maximum"),
            threshold=FULL_PERCENT,
        )

    def _answers(self, balancer: LoadBalancer) -> None:
        targets, of_balancer = balancer.targets.metrics, balancer.balancer.metrics
        self._alarm(
            "UnhealthyTasks",
            "A task of the front door has not been healthy for ten minutes.",
            targets.unhealthy_host_count(period=FIVE_MINUTES, statistic="Maximum"),
            threshold=1,
            periods=2,
        )
        self._alarm(
            "ServerErrors",
            "The front door answered five requests or more within five minutes with a 5xx.",
            targets.http_code_target(
                elb.HttpCodeTarget.TARGET_5XX_COUNT, period=FIVE_MINUTES, statistic="Sum"
            ),
            threshold=5,
        )
        self._alarm(
            "NoAnswer",
            "Five requests or more within five minutes had no task, or none that answered.",
            of_balancer.http_code_elb(
                elb.HttpCodeElb.ELB_5XX_COUNT, period=FIVE_MINUTES, statistic="Sum"
            ),
            threshold=5,
        )
