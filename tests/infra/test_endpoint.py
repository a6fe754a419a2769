"""What is for users is not deployed to an emulator, whatever the shell has been told."""

import pytest

from infra.endpoint import refuse_emulator
from infra.stages import STAGES, StageError

EMULATOR = "http://127.0.0.1:4580"


@pytest.mark.parametrize("stage", sorted(set(STAGES) - {"local"}))
@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDFORMATION"])
@pytest.mark.parametrize("url", [EMULATOR, "http://localhost:4566", "http://[::1]:4580/"])
def test_another_stage_is_refused_with_the_way_out(stage: str, name: str, url: str) -> None:
    with pytest.raises(StageError, match=f"{name} is .* stage '{stage}' .*make unset"):
        refuse_emulator(STAGES[stage], {name: url})


def test_the_local_stage_belongs_there() -> None:
    refuse_emulator(STAGES["local"], {"AWS_ENDPOINT_URL": EMULATOR})


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_ENDPOINT_URL": "https://vpce-1.s3.eu-west-1.vpce.amazonaws.com"},
        {"AWS_ENDPOINT_URL": "http://[bad"},
        {"OPENAI_BASE_URL": EMULATOR},
    ],
)
def test_another_endpoint_is_no_reason(environment: dict[str, str]) -> None:
    refuse_emulator(STAGES["prod"], environment)
