"""The dashboard shows every function, and reads logs and metrics of this deployment alone."""

import json
from typing import Any

import pytest

from infra.constructs import dashboard
from infra.constructs.rest_api import ACCESS_LOG_FIELDS
from infra.routes import CONSOLE, FUNCTIONS
from tests.infra.templates import Assembly, in_words

EVERY = (*FUNCTIONS, CONSOLE)


@pytest.fixture(scope="module")
def widgets(prod: Assembly) -> list[dict[str, Any]]:
    """What CloudWatch is given, names of resources in words."""
    page = prod.api.only("CloudWatch::Dashboard")
    assert page.properties["DashboardName"] == "larder-prod"
    body = json.loads(in_words(prod, page.properties["DashboardBody"]))
    found: list[dict[str, Any]] = body["widgets"]
    return found


def test_what_a_person_on_call_asks_first_is_there(widgets: list[dict[str, Any]]) -> None:
    titles = [widget["properties"]["title"] for widget in widgets]
    for wanted in (
        "Requests",
        "Latency, ms",
        "Errors by code",
        "Cold starts",
        "Refused by quota",
        "Reaper's age",
        "Dead letters",
        "Bytes stored",
        "Bytes out",
        "Catalog's units, which are billed",
    ):
        assert wanted in titles


@pytest.mark.parametrize("statistic", ["p50", "p90", "p99"])
def test_every_function_s_duration_is_shown(statistic: str, widgets: list[dict[str, Any]]) -> None:
    (graph,) = [
        widget["properties"]
        for widget in widgets
        if widget["properties"]["title"] == f"Duration of functions, {statistic}, ms"
    ]
    assert len(graph["metrics"]) == len(EVERY)
    assert {metric[-1]["stat"] for metric in graph["metrics"]} == {statistic}


def test_a_query_reads_the_logs_of_all_functions(
    prod: Assembly, widgets: list[dict[str, Any]]
) -> None:
    groups = {
        function.properties["LoggingConfig"]["LogGroup"]["Ref"]
        for function in prod.api.all_of("Lambda::Function")
        if "Larder" in function.properties.get("Description", "")
    }
    queries = {
        widget["properties"]["title"]: widget["properties"]["query"]
        for widget in widgets
        if widget["type"] == "log"
    }
    assert len(groups) == len(EVERY)
    access_log = prod.api.only("Logs::LogGroup", "Rest/AccessLog").logical_id
    for title in ("Bytes out", "Busiest owners"):
        assert queries.pop(title).startswith(f"SOURCE '<{access_log}>'")
    assert queries
    for query in queries.values():
        assert {group for group in groups if f"SOURCE '<{group}>'" in query} == groups


def test_a_stage_may_do_without(local: Assembly) -> None:
    assert local.api.all_of("CloudWatch::Dashboard") == []


def test_queries_of_the_access_log_name_its_fields() -> None:
    for name in ("bytes", "key_owner"):
        assert name in ACCESS_LOG_FIELDS
        assert name in " ".join((*dashboard.BYTES_OUT, *dashboard.BUSIEST))


def test_queries_name_what_the_log_line_has() -> None:
    named = " ".join((*dashboard.ERRORS_BY_CODE, *dashboard.REFUSED_BY_QUOTA))
    assert "status" in named
    assert "code" in named
