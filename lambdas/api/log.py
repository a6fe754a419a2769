"""The functions' log: one JSON object a line, also for the loggers of rules and stores."""

import logging
import time

from aws_lambda_powertools import Logger

logger = Logger()

# Without this, Lambda's own handler would write a second line, without owner and id.
_rules_and_stores = logging.getLogger("lambdas")
_rules_and_stores.addHandler(logger.registered_handler)
_rules_and_stores.propagate = False


def _counted(record: logging.LogRecord) -> bool:
    """Have CloudWatch count a damaged record, which costs nothing while there is none.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    metric = {"Name": "DamagedRecords", "Unit": "Count"}
    counted = {"Namespace": "Larder", "Dimensions": [["service"]], "Metrics": [metric]}
    metrics = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [counted]}
    vars(record).update(DamagedRecords=1, _aws=metrics)
    return True


logging.getLogger("lambdas.damage").addFilter(_counted)
