"""What a deployment changes of a stack, in words: its deployed template against the written one."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from infra.operation.changes import Template, construct_path

# Of so many that are alike each is named; of more the number is.
_MOST_NAMED = 3
_MOST_NAMES = 4

_VERBS = ("removed", "replaced", "added", "changed", "new code")

# Where the last word of a resource's type is not the plain one.
_KINDS: Mapping[str, str] = {
    "AWS::ApiGateway::Account": "log role",
    "AWS::ApiGateway::BasePathMapping": "domain path",
    "AWS::ApiGateway::Deployment": "API deployment",
    "AWS::ApiGateway::DomainName": "domain",
    "AWS::ApiGateway::Resource": "path",
    "AWS::ApiGateway::RestApi": "API",
    "AWS::ApiGateway::Stage": "API stage",
    "AWS::CloudFront::VpcOrigin": "VPC origin",
    "AWS::ECS::Service": "service",
    "AWS::Lambda::EventSourceMapping": "event source",
    "AWS::Lambda::Permission": "call permission",
    "AWS::Route53::RecordSet": "DNS record",
    "AWS::WAFv2::WebACL": "firewall",
    "AWS::WAFv2::WebACLAssociation": "firewall association",
    "Custom::AWS": "AWS call",
}
# Notes of the CDK's own, of which CloudFormation makes nothing.
_NOTES = "AWS::CDK::Metadata"


@dataclass(frozen=True, slots=True)
class _Change:
    verb: str
    kind: str
    path: str
    names: tuple[str, ...] = ()


def describe(deployed: Template, written: Template) -> list[str]:
    """What is removed, replaced, added and changed: a line for all that are alike.

    Args:
        deployed: The stack's template as it was deployed last.
        written: The one that would be deployed.
    """
    before, after = _as_answered(deployed), _as_answered(written)
    alike: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for change in (*_resources(before, after), *_sections(before, after)):
        alike.setdefault((change.verb, change.kind, change.names), []).append(change.path)
    ordered = sorted(alike.items(), key=lambda each: _VERBS.index(each[0][0]))
    return [_line(*what, paths) for what, paths in ordered]


def contents(written: Template) -> str:
    """What a new stack holds, by kinds, the most first."""
    counted = Counter(_kind(resource["Type"]) for resource in _held(written).values())
    return ", ".join(_number(count, kind) for kind, count in counted.most_common())


def _as_answered(template: Template) -> Template:
    """A template as CloudFormation answers it, which has a `?` for each letter beyond ASCII.

    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1220
    """
    text = json.dumps(template, ensure_ascii=False)
    answered: Template = json.loads(re.sub(r"[^\x00-\x7f]", "?", text))
    return answered


def _held(template: Template) -> dict[str, Mapping[str, Any]]:
    return {
        logical_id: resource
        for logical_id, resource in template.get("Resources", {}).items()
        if resource["Type"] != _NOTES
    }


def _resources(before: Template, after: Template) -> Iterator[_Change]:
    old, new = _held(before), _held(after)
    gone = [_named(name, resource) for name, resource in old.items() if name not in new]
    come = [_named(name, resource) for name, resource in new.items() if name not in old]
    for each in gone:
        yield _Change("replaced" if each in come else "removed", *each)
    for each in come:
        if each not in gone:
            yield _Change("added", *each)
    for name, resource in old.items():
        if name not in new or not (names := _differences(resource, new[name])):
            continue
        if names == ("Code",):
            yield _Change("new code", *_named(name, resource))
        else:
            yield _Change("changed", *_named(name, resource), names)


def _named(logical_id: str, resource: Mapping[str, Any]) -> tuple[str, str]:
    return _kind(resource["Type"]), construct_path(logical_id, resource)


def _sections(before: Template, after: Template) -> Iterator[_Change]:
    """What else a template has: outputs, parameters, and so on."""
    for section in sorted({*before, *after} - {"Resources", "Metadata"}):
        old, new = before.get(section, {}), after.get(section, {})
        if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
            if old != new:
                yield _Change("changed", "template", section)
            continue
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                verb = "added" if name not in old else "changed" if name in new else "removed"
                yield _Change(verb, section.removesuffix("s").lower(), name)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of what differs of a resource, its own properties' without `Properties`."""
    names: list[str] = []
    for name in sorted({*before, *after} - {"Metadata"}):
        if name == "Properties":
            names += _deeper(before.get(name, {}), after.get(name, {}))
        elif before.get(name) != after.get(name):
            names.append(name)
    code = before["Type"] == "AWS::Lambda::Function"
    return tuple(
        dict.fromkeys("Code" if code and name.startswith("Code.") else name for name in names)
    )


def _deeper(before: Mapping[str, Any], after: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """The names of what differs, such as `Environment.Variables.LIMITS`."""
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if _has_names(old) and _has_names(new):
            yield from _deeper(old, new, f"{within}{name}.")
        else:
            yield f"{within}{name}"


def _has_names(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether it is properties, and no function of CloudFormation's such as `Ref`."""
    return isinstance(value, dict) and not any(
        name == "Ref" or name.startswith("Fn::") for name in value
    )


def _kind(resource_type: str) -> str:
    """A plain word for a resource's type."""
    if resource_type in _KINDS:
        return _KINDS[resource_type]
    last = resource_type.rpartition("::")[2]
    words = re.findall(r"[A-Z]+(?=[A-Z][a-z]|$)|[A-Z][a-z0-9]*", last)
    return " ".join(word if word.isupper() else word.lower() for word in words) or last


def _line(verb: str, kind: str, names: Sequence[str], paths: Sequence[str]) -> str:
    if len(paths) > _MOST_NAMED:
        what = _number(len(paths), kind)
    else:
        what = f"{kind if len(paths) == 1 else _plural(kind)} {', '.join(paths)}"
    shown = list(names[:_MOST_NAMES])
    if len(names) > _MOST_NAMES:
        shown.append(f"{len(names) - _MOST_NAMES} more")
    return f"{verb}: {what}" + (f" ({', '.join(shown)})" if shown else "")


def _number(count: int, kind: str) -> str:
    return f"{count} {kind if count == 1 else _plural(kind)}"


def _plural(kind: str) -> str:
    if kind.endswith(("s", "ch", "x")):
        return f"{kind}es"
    return f"{kind[:-1]}ies" if re.search("[^aeiou]y$", kind) else f"{kind}s"
