"""How many tasks the front door has."""

from aws_cdk import Duration
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from infra.constructs.load_balancer import LoadBalancer
from infra.front_door_settings import FrontDoor

MINUTE = Duration.minutes(1)
BUSY_SHARE = 0.5  # of a task's capacity; a new task takes about a minute
BUSY_CPU_PERCENT = 60


def requests_per_task(balancer: LoadBalancer) -> cloudwatch.MathExpression:
    """How many requests each healthy task has at the moment.

    A request is two connections, one on each side of the load balancer. The number of requests
    would not tell, since one lasts from a second to an hour.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """
    return cloudwatch.MathExpression(
        label="Requests in hand per task",
        expression="FILL(connections, 0) / 2 / tasks",
        period=MINUTE,
        using_metrics={
            "connections": balancer.balancer.metrics.active_connection_count(
                period=MINUTE, statistic="Sum"
            ),
            "tasks": balancer.targets.metrics.healthy_host_count(
                period=MINUTE, statistic="Average"
            ),
        },
    )


class FrontDoorScaling(Construct):
    """Adds tasks when requests for each, or their CPU, are above a target.

    Tasks are removed once both are below, after a quarter of an hour.

    Args:
        scope: The construct that this one is part of.
        id: Its name there.
        service: Whose tasks are scaled.
        balancer: For the number of connections.
        front_door: The least and the most tasks, and how many requests one takes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 - CDK's own name
        *,
        service: ecs.FargateService,
        balancer: LoadBalancer,
        front_door: FrontDoor,
    ) -> None:
        super().__init__(scope, id)
        count = service.auto_scale_task_count(
            min_capacity=front_door.least_tasks, max_capacity=front_door.most_tasks
        )
        count.scale_on_cpu_utilization("Cpu", target_utilization_percent=BUSY_CPU_PERCENT)
        target = count.scalable_target_ref
        # CDK's own construct takes no metric expression.
        autoscaling.CfnScalingPolicy(
            self,
            "RequestsInHand",
            policy_name="RequestsInHand",
            policy_type="TargetTrackingScaling",
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            service_namespace=target.service_namespace,
            target_tracking_scaling_policy_configuration=_tracking(
                requests_per_task(balancer), front_door.requests_at_once * BUSY_SHARE
            ),
        )


_POLICY = autoscaling.CfnScalingPolicy


def _tracking(
    expression: cloudwatch.MathExpression, target: float
) -> autoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty:
    raw = [_raw(name, metric) for name, metric in expression.using_metrics.items()]
    result = _POLICY.TargetTrackingMetricDataQueryProperty(
        id="result", expression=expression.expression, label=expression.label, return_data=True
    )
    return _POLICY.TargetTrackingScalingPolicyConfigurationProperty(
        target_value=target,
        customized_metric_specification=_POLICY.CustomizedMetricSpecificationProperty(
            metrics=[*raw, result]
        ),
    )


def _raw(
    name: str, metric: cloudwatch.IMetric
) -> autoscaling.CfnScalingPolicy.TargetTrackingMetricDataQueryProperty:
    stat = metric.to_metric_config().metric_stat
    assert stat is not None
    return _POLICY.TargetTrackingMetricDataQueryProperty(
        id=name,
        return_data=False,
        metric_stat=_POLICY.TargetTrackingMetricStatProperty(
            stat=stat.statistic,
            metric=_POLICY.TargetTrackingMetricProperty(
                namespace=stat.namespace,
                metric_name=stat.metric_name,
                dimensions=[
                    _POLICY.TargetTrackingMetricDimensionProperty(name=one.name, value=one.value)
                    for one in stat.dimensions or []
                ],
            ),
        ),
    )
