"""GET /usage: whose the key is, and what the owner has stored and reserved, and may."""

import os

from lambdas.api.endpoint import endpoint
from lambdas.api.request import Request
from lambdas.api.responses import Response, ok
from lambdas.core.limits import Limits
from lambdas.core.quota import get_usage
from lambdas.stores.catalog.table import Table
from lambdas.stores.catalog.usage import UsageItems

limits = Limits.from_json(os.environ["LIMITS"])
usage = UsageItems(Table.from_environment())


@endpoint
def handler(request: Request) -> Response:
    """Answer the usage without what has expired, to the second."""
    return ok(get_usage(request.caller, store=usage, limits=limits, now=request.now))
