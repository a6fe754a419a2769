"""Every function at work, recorded and played again."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.functions.endpoints import every_function, listing, retrieve
from benchmarks.functions.processes import Subject, on_stage
from benchmarks.functions.replay import Answers, kind_of
from benchmarks.functions.scenes import Scene
from infra.routes import FUNCTIONS


@pytest.fixture(scope="module")
def scenes() -> dict[str, Scene]:
    return {scene.name: scene for scene in every_function()}


def test_every_function_has_a_scene(scenes: dict[str, Scene]) -> None:
    assert [*scenes] == [*(row.name for row in FUNCTIONS), "get_console"]


def test_a_list_asks_once_a_megabyte() -> None:
    scene = listing(3_000, 3_000)
    assert scene.operations == ["Query"] * 2
    assert len(json.loads(scene.body)["data"]) == 3_000


def test_a_process_that_plays_a_scene_answers_as_it_was_recorded() -> None:
    scene = retrieve()
    with on_stage(scene) as stage:
        here = Subject(sys.executable, [Path(folder) for folder in sys.path], scene.module)
        taken, modules = stage.cold(here)
    assert taken.wall_ms > 0
    assert taken.cpu_ms > 0
    assert modules > 100


def test_answers_come_by_the_kind_of_call_and_then_again() -> None:
    answers = [
        {"kind": kind, "status": status, "headers": {}, "body": ""}
        for kind, status in (("Query", 200), ("GetItem", 201), ("Query", 202))
    ]
    aws = Answers(answers)
    assert [aws.to("Query")[0] for _ in range(3)] == [200, 202, 200]
    assert aws.to("GetItem")[0] == 201


def test_a_call_that_was_not_recorded_is_refused() -> None:
    status, _, body = Answers([]).to("PutItem")
    assert (status, body) == (501, b"no answer to PutItem was recorded")


@pytest.mark.parametrize(
    ("method", "target", "headers", "kind"),
    [
        ("POST", "/", {"x-amz-target": "DynamoDB_20120810.GetItem"}, "GetItem"),
        ("PUT", "/bucket/key", {}, "PUT"),
        ("PUT", "/bucket/key?uploadId=a&partNumber=1", {}, "PUT partNumber uploadId"),
        ("POST", "/bucket/key?uploads", {}, "POST uploads"),
    ],
)
def test_calls_are_of_a_kind_whatever_their_values(
    method: str, target: str, headers: dict[str, str], kind: str
) -> None:
    assert kind_of(method, target, headers) == kind
