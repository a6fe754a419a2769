"""Synthesized stacks, read as the plain dictionaries that CloudFormation is given."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.stages import Stage

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Resource:
    """One resource of a template."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    body: Mapping[str, Any]

    @property
    def path(self) -> str:
        """The construct's path, such as `larder-prod-api/Reap/Role/Resource`."""
        return str(self.body["Metadata"]["aws:cdk:path"])


class Template:
    """One stack's template."""

    def __init__(self, path: Path) -> None:
        self.text = path.read_text()
        self.body: dict[str, Any] = json.loads(self.text)

    @cached_property
    def resources(self) -> list[Resource]:
        return [
            Resource(logical_id, body["Type"], body.get("Properties", {}), body)
            for logical_id, body in self.body["Resources"].items()
        ]

    def all_of(self, kind: str) -> list[Resource]:
        """Every resource of a type, such as `Lambda::Function`."""
        return [resource for resource in self.resources if resource.type == f"AWS::{kind}"]

    def only(self, kind: str, under: str = "") -> Resource:
        """The one resource of a type whose construct lies under a path within the stack."""
        (found,) = [
            resource
            for resource in self.all_of(kind)
            if resource.path.partition("/")[2].startswith(under)
        ]
        return found

    def function(self, name: str) -> Resource:
        """The Lambda function whose handler is in a module, such as `create_file`."""
        (found,) = [
            function
            for function in self.all_of("Lambda::Function")
            if function.properties["Handler"].endswith(f".{name}.handler")
        ]
        return found


@dataclass(frozen=True)
class Assembly:
    """All that one synthesis made."""

    folder: Path
    data: Template
    api: Template
    with_front_door: Template | None = None

    @property
    def stacks(self) -> tuple[Template, ...]:
        every = self.data, self.api, self.with_front_door
        return tuple(stack for stack in every if stack is not None)

    @property
    def front_door(self) -> Template:
        assert self.with_front_door is not None
        return self.with_front_door

    @property
    def manifest(self) -> Mapping[str, Any]:
        manifest: Mapping[str, Any] = json.loads((self.folder / "manifest.json").read_text())
        return manifest

    @property
    def nag_report(self) -> Mapping[str, Any]:
        report: Mapping[str, Any] = json.loads((self.folder / "validation-report.json").read_text())
        return report

    def exported(self, name: str) -> Any:
        """What a stack exports under a name."""
        (value,) = [
            output["Value"]
            for stack in self.stacks
            for output in stack.body.get("Outputs", {}).values()
            if output.get("Export", {}).get("Name") == name
        ]
        return value


def synthesize(stage: Stage, folder: Path) -> Assembly:
    """The stage's stacks, with empty assets and the settings of `cdk.json`."""
    # Loading the CDK starts Node and takes seconds, so only who synthesizes does.
    from aws_cdk import App  # noqa: PLC0415

    from infra.deployment import add_deployment  # noqa: PLC0415

    assets = [folder / name for name in ("empty-asset", "empty-front-door")]
    for asset in assets:
        asset.mkdir(parents=True)
        (asset / f"{asset.name}.py").touch()
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    context["aws:cdk:enable-path-metadata"] = True  # as the command line sets it
    app = App(context=context, outdir=str(folder / "out"))
    add_deployment(app, stage=stage, asset=assets[0], front_door_asset=assets[1])
    app.synth()
    parts = ("data", "api", "front-door") if stage.front_door else ("data", "api")
    return Assembly(
        folder / "out",
        *(Template(folder / f"out/{stage.prefix}-{part}.template.json") for part in parts),
    )


def in_words(assembly: Assembly, value: Any) -> str:
    """An intrinsic function as text: `<Logical.Attribute>`, imports traced to their resource."""
    match value:
        case str():
            return value
        case {"Fn::Join": [separator, list(parts)]}:
            return str(separator).join(in_words(assembly, part) for part in parts)
        case {"Fn::ImportValue": str(name)}:
            return in_words(assembly, assembly.exported(name))
        case {"Fn::GetAtt": [logical_id, attribute]}:
            return f"<{logical_id}.{attribute}>"
        case {"Ref": logical_id}:
            return f"<{logical_id}>"
    raise AssertionError(f"no words for {value}")


def statements(document: Mapping[str, Any]) -> Iterator[tuple[list[str], list[Any], Any]]:
    """Actions, resources and condition of each statement of a policy document."""
    for statement in document["Statement"]:
        actions, resources = statement["Action"], statement.get("Resource", [])
        yield (
            actions if isinstance(actions, list) else [actions],
            resources if isinstance(resources, list) else [resources],
            statement.get("Condition"),
        )
