import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any, cast

import pytest

from front_door.settings import Settings
from infra.choice import find_stage
from infra.front_door_settings import REQUEST_MIB, FrontDoor, front_door_as_settings
from infra.local.deploy import CDK
from infra.stages import MIB, STAGES, Limits, Stage, StageError, limits_as_settings
from lambdas.core.limits import Limits as FunctionLimits
from tests.infra.templates import ROOT

stages = pytest.mark.parametrize("stage", STAGES.values(), ids=list(STAGES))


def test_there_are_three_stages() -> None:
    assert list(STAGES) == ["local", "dev", "prod"]


@stages
def test_a_stage_cannot_be_changed(stage: Stage) -> None:
    with pytest.raises(FrozenInstanceError):
        stage.log_days = 1  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        stage.limits.quota_bytes = 1  # type: ignore[misc]


@pytest.mark.parametrize("settings", [STAGES, STAGES["prod"].limits.purpose_bytes])
def test_a_table_of_settings_cannot_be_changed(settings: Mapping[str, Any]) -> None:
    with pytest.raises(TypeError):
        cast("dict[str, Any]", settings)["batch"] = 1


@stages
def test_the_functions_read_the_limits_as_the_stage_states_them(stage: Stage) -> None:
    read = FunctionLimits.from_json(json.dumps(limits_as_settings(stage.limits)))
    assert read == FunctionLimits(
        file_bytes=536_870_912,
        purpose_bytes={"batch": 209_715_200},
        quota_bytes=2_147_483_648,
        inline_bytes=4_194_304,
        part_bytes=8_388_608,
        upload_seconds=86_400,
        upload_purposes=("batch",),
        files_per_owner=1_000_000,
        uploads_per_owner=1_000,
        parts_per_upload=10_000,
        batch_requests=50_000,
    )


@pytest.mark.parametrize(
    ("setting", "limits"),
    [
        ("inline_bytes", Limits(inline_bytes=5 * MIB)),
        ("part_bytes", Limits(part_bytes=5 * MIB - 1)),
        ("upload_seconds", Limits(upload_seconds=86_401)),
        ("upload_purposes", Limits(upload_purposes=("batch", "user_data"))),
        ("parts_per_upload", Limits(parts_per_upload=10_001)),
    ],
    ids=["inline_bytes", "part_bytes", "upload_seconds", "upload_purposes", "parts_per_upload"],
)
def test_a_limit_that_aws_or_the_lifecycle_does_not_bear_is_refused(
    setting: str, limits: Limits
) -> None:
    with pytest.raises(StageError, match=setting):
        Stage(name="greedy", limits=limits)


@pytest.mark.parametrize("name", ["staging", "Prod", "", None])
def test_an_unknown_stage_is_refused_with_the_names_there_are(name: str | None) -> None:
    with pytest.raises(StageError, match="one of: local, dev, prod"):
        find_stage(name)


@pytest.mark.parametrize("deployment", ["L", "-a", "a-", "UPPER", "a" * 33, "a_b", "a b", ""])
def test_a_malformed_deployment_is_refused(deployment: str) -> None:
    with pytest.raises(StageError, match="Invalid deployment"):
        find_stage("prod", deployment=deployment)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "", "80.0", "²"])
def test_a_malformed_port_is_refused(port: str) -> None:
    with pytest.raises(StageError, match="Invalid port"):
        find_stage("local", port=port)


def test_only_the_local_stage_has_a_port() -> None:
    assert find_stage("local", port="5000").local_port == 5000
    assert find_stage("prod", port="5000").local_port is None


def test_no_stage_has_a_front_door_unasked() -> None:
    assert [name for name, stage in STAGES.items() if stage.front_door] == []


@pytest.mark.parametrize("wanted", ["true", True])
def test_a_front_door_is_asked_for(wanted: str | bool) -> None:
    assert find_stage("prod", front_door=wanted).front_door == FrontDoor()


@pytest.mark.parametrize("wanted", ["false", False])
def test_a_front_door_is_refused(wanted: str | bool) -> None:
    assert find_stage("prod", front_door=wanted).front_door is None
    assert find_stage("local", front_door=wanted).front_door is None


@pytest.mark.parametrize("wanted", ["", "yes", "True", "1", "none"])
def test_a_malformed_wish_for_a_front_door_is_refused(wanted: str) -> None:
    with pytest.raises(StageError, match=f"Invalid front_door '{wanted}'. Use true or false"):
        find_stage("prod", front_door=wanted)


def test_the_local_stage_has_its_front_door_on_this_machine() -> None:
    with pytest.raises(StageError, match="make run"):
        find_stage("local", front_door="true")


@pytest.mark.parametrize(
    ("setting", "front_door"),
    [
        ("request_seconds", FrontDoor(request_seconds=3601)),
        ("requests_at_once may be 1 to 42", FrontDoor(requests_at_once=43)),
        ("requests_at_once", FrontDoor(requests_at_once=0)),
        ("least_tasks may be 1 to 4", FrontDoor(least_tasks=5)),
        ("least_tasks", FrontDoor(least_tasks=0)),
        ("zones", FrontDoor(zones=("us-east-1a",))),
    ],
)
def test_a_front_door_whose_numbers_do_not_fit_is_refused(
    setting: str, front_door: FrontDoor
) -> None:
    with pytest.raises(StageError, match=setting):
        Stage(name="greedy", front_door=front_door)


def test_a_form_may_not_take_longer_than_its_session_lasts() -> None:
    with pytest.raises(StageError, match="upload_seconds must be at least 3660"):
        Stage(name="x", limits=Limits(upload_seconds=1800), front_door=FrontDoor())


def test_the_front_door_is_told_of_itself() -> None:
    assert front_door_as_settings(FrontDoor()) == {
        "requests_at_once": 32,
        "window_seconds": 60,
        "window_bytes": 262_144,
        "request_seconds": 3600,
    }


def test_the_room_of_a_request_is_what_it_holds() -> None:
    settings = Settings(**front_door_as_settings(FrontDoor()))
    assert (settings.parts_at_once + 1) * settings.part_bytes == REQUEST_MIB * MIB


def test_only_what_is_in_production_is_kept_whatever_happens() -> None:
    assert [name for name, stage in STAGES.items() if stage.retain] == ["prod"]


@pytest.mark.slow
def test_prod_is_synthesized_by_the_cdk_command_without_an_aws_account(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nobody = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    context = ["-c", "stage=prod", "-c", "front_door=true", "-c", f"settings={os.devnull}"]
    cdk = subprocess.run(
        [CDK, "synth", *context, "--quiet", "--output", tmp_path],
        cwd=ROOT,
        env={**kept, **nobody, "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert cdk.returncode == 0, cdk.stderr
    written = {path.name for path in tmp_path.glob("*.template.json")}
    stacks = ("data", "api", "front-door")
    assert written == {f"larder-prod-{stack}.template.json" for stack in stacks}


def test_the_command_line_is_told_in_one_line_what_is_wrong() -> None:
    app = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, "CDK_CONTEXT_JSON": '{"stage": "staging"}'},
        capture_output=True,
        text=True,
        check=False,
    )
    assert app.returncode == 1
    assert app.stderr == (
        "Unknown stage 'staging'. "
        "Choose one with -c stage=NAME, NAME being one of: local, dev, prod.\n"
    )
