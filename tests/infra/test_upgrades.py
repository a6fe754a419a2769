"""From each version that is kept in `releases/` to this one: nothing stored is lost on the way.

A file there is what an upgrade must mind of a template, as that version had it: tables, buckets
and outputs. The next one is written by `python -m tests.infra.test_upgrades`.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from infra.operation.changes import losses
from tests.infra.conftest import WITH_FRONT_DOOR
from tests.infra.templates import Assembly, Template, synthesize

RELEASES = Path(__file__).parent / "releases"
STORES = ("AWS::DynamoDB::Table", "AWS::S3::Bucket")
PARTS = ("data", "api")

releases = pytest.mark.parametrize(
    "release", sorted({path.stem.rpartition("-")[0] for path in RELEASES.glob("*.json")})
)


def kept(release: str, part: str) -> dict[str, Any]:
    """What is kept of a release's stack."""
    template: dict[str, Any] = json.loads((RELEASES / f"{release}-{part}.json").read_text())
    return template


def exports(template: Mapping[str, Any]) -> dict[str, Any]:
    """What a stack exports, by name; outputs that are not exported are left out."""
    return {
        output["Export"]["Name"]: output["Value"]
        for output in template["Outputs"].values()
        if "Export" in output
    }


def test_there_is_a_release_to_come_from() -> None:
    assert list(RELEASES.glob("*-data.json"))


@releases
def test_nothing_that_is_stored_is_removed_or_replaced(
    release: str, with_front_door: Assembly
) -> None:
    before = kept(release, "data")
    assert [resource["Type"] for resource in before["Resources"].values()].count(STORES[0]) == 2
    assert list(losses(before, with_front_door.data.body)) == []


@releases
@pytest.mark.parametrize("part", PARTS)
def test_what_other_stacks_import_stays_while_they_are_not_yet_upgraded(
    release: str, part: str, with_front_door: Assembly
) -> None:
    """CloudFormation refuses to change or to take away an export that is in use."""
    before = exports(kept(release, part))
    after = exports(getattr(with_front_door, part).body)
    assert before
    assert {name: after.get(name) for name in before} == before


@releases
@pytest.mark.parametrize("part", PARTS)
def test_the_outputs_that_people_and_commands_read_keep_their_names(
    release: str, part: str, with_front_door: Assembly
) -> None:
    assert set(kept(release, part)["Outputs"]) <= set(
        getattr(with_front_door, part).body["Outputs"]
    )


def to_keep(template: Template) -> dict[str, Any]:
    """What an upgrade must mind of a template."""
    resources = template.body["Resources"]
    stores = {name: body for name, body in resources.items() if body["Type"] in STORES}
    return {"Outputs": template.body.get("Outputs", {}), "Resources": stores}


if __name__ == "__main__":
    today = datetime.now(UTC).date().isoformat()
    with TemporaryDirectory() as folder:
        assembly = synthesize(WITH_FRONT_DOOR, Path(folder))
        for part in PARTS:
            text = json.dumps(to_keep(getattr(assembly, part)), indent=1, sort_keys=True)
            (RELEASES / f"{today}-{part}.json").write_text(f"{text}\n")
