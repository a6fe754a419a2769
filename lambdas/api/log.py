"""The functions' log: one JSON object a line, also of what rules and stores have to say."""

import logging

from aws_lambda_powertools import Logger

logger = Logger()

# Lambda's own handler would write a second line, without owner and id.
_rules_and_stores = logging.getLogger("lambdas")
_rules_and_stores.addHandler(logger.registered_handler)
_rules_and_stores.propagate = False
