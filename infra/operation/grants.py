"""What a template lets whom do, so that a person sees where a deployment widens it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.operation.changes import Template, construct_path

# What stands for the logical ids of a stack's resources and for the exports of other stacks.
Names = Mapping[str, str]
_HERE: Names = {"AWS::Partition": "aws", "AWS::Region": "REGION", "AWS::AccountId": "ACCOUNT"}


@dataclass(frozen=True, slots=True)
class Grant:
    """One action that somebody may do, or is denied, on one resource.

    Args:
        who: A role's path, or a principal.
        action: Such as `dynamodb:GetItem`.
        resource: On what.
        condition: When, as the policy has it; "" is always.
        allows: Whether it is let, or denied.
    """

    who: str
    action: str
    resource: str
    condition: str
    allows: bool


def widened(before: set[Grant], after: set[Grant]) -> list[str]:
    """What may be done that could not be done before, in a sentence each."""
    new = {grant for grant in after - before if grant.allows}
    new |= {grant for grant in before - after if not grant.allows}
    actions: dict[tuple[str, str, str, bool], list[str]] = {}
    for grant in sorted(new, key=lambda each: (each.who, each.resource, each.action)):
        alike = (grant.who, grant.resource, grant.condition, grant.allows)
        actions.setdefault(alike, []).append(grant.action)
    return [
        f"{who} {'may' if allows else 'is no longer denied'} {', '.join(named)} on {resource}"
        + (f" where {condition}" if condition else "")
        for (who, resource, condition, allows), named in actions.items()
    ]


def grants(template: Template, exported: Names) -> set[Grant]:
    """All that a template lets anybody do.

    Args:
        template: One stack's.
        exported: What the exports of other stacks stand for, see `exports`.
    """
    resources = template.get("Resources", {})
    names = {**exported, **_names(template)}
    return {
        grant
        for logical_id, resource in resources.items()
        for grant in _of(resource, names[logical_id], names)
    }


def exports(template: Template) -> Names:
    """What a stack's exports stand for, by their names."""
    names = _names(template)
    return {
        str(output["Export"]["Name"]): _text(output["Value"], names)
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }


def _names(template: Template) -> Names:
    resources = template.get("Resources", {}).items()
    return {**_HERE, **{name: construct_path(name, each) for name, each in resources}}


def _of(resource: Mapping[str, Any], path: str, names: Names) -> Iterator[Grant]:
    properties = resource.get("Properties", {})
    match resource["Type"]:
        case "AWS::IAM::Role":
            yield from _documents(properties, ("AssumeRolePolicyDocument",), (), path, names)
            for policy in properties.get("Policies", []):
                yield from _documents(policy, ("PolicyDocument",), (path,), path, names)
            for policy in properties.get("ManagedPolicyArns", []):
                yield Grant(path, "all that it allows", _text(policy, names), "", allows=True)
        case "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy":
            roles = [_text(role, names) for role in properties.get("Roles", [])] or [path]
            yield from _documents(properties, ("PolicyDocument",), roles, path, names)
        case "AWS::Lambda::Permission":
            sources = {
                name: properties[name]
                for name in ("SourceArn", "SourceAccount")
                if name in properties
            }
            yield Grant(
                _text(properties["Principal"], names),
                str(properties["Action"]),
                _text(properties["FunctionName"], names),
                _condition(sources, names),
                allows=True,
            )
        case _:
            kept = ("PolicyDocument", "KeyPolicy", "Policy", "ResourcePolicy")
            yield from _documents(properties, kept, (), path, names)


def _documents(
    properties: Mapping[str, Any],
    kept: Iterable[str],
    roles: Iterable[str],
    path: str,
    names: Names,
) -> Iterator[Grant]:
    """What the policies in some properties grant to roles, or to whom they name."""
    for name in kept:
        document = properties.get(name)
        if not isinstance(document, dict):
            continue
        document = document.get("PolicyDocument", document)
        for statement in _listed(document.get("Statement")):
            yield from _statement(statement, roles or _principals(statement, names), path, names)


def _statement(
    statement: Mapping[str, Any], principals: Iterable[str], path: str, names: Names
) -> Iterator[Grant]:
    actions = _choices(statement, "Action", names)
    resources = _choices(statement, "Resource", names) or [path]
    condition = _condition(statement.get("Condition", {}), names)
    for one in principals:
        for action in actions:
            for resource in resources:
                yield Grant(one, action, resource, condition, statement["Effect"] == "Allow")


def _choices(statement: Mapping[str, Any], name: str, names: Names) -> list[str]:
    """What a statement is about; of what it leaves out, in one."""
    if f"Not{name}" in statement:
        left_out = [_text(each, names) for each in _listed(statement[f"Not{name}"])]
        return [f"all but {' and '.join(left_out)}"]
    return [_text(each, names) for each in _listed(statement.get(name))]


def _principals(statement: Mapping[str, Any], names: Names) -> list[str]:
    if "NotPrincipal" in statement:
        return [f"all but {_text(statement['NotPrincipal'], names)}"]
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return ["anybody" if principal == "*" else _text(principal, names)]
    found = [_text(each, names) for kind in principal.values() for each in _listed(kind)]
    return ["anybody" if each == "*" else each for each in found]


def _condition(condition: Mapping[str, Any], names: Names) -> str:
    clauses = []
    for test, value in condition.items():
        if isinstance(value, dict) and not _is_function(value):
            clauses += [f"{name} {test} {_text(each, names)}" for name, each in value.items()]
        else:
            clauses.append(f"{test} is {_text(value, names)}")
    return " and ".join(clauses)


def _text(value: Any, names: Names) -> str:
    """A value as a person reads it, a resource by its construct's path."""
    match value:
        case str(text) | {"Fn::Sub": str(text)}:
            pass
        case {"Ref": name} | {"Fn::ImportValue": str(name)} | {"Fn::GetAtt": [name, "Arn"]}:
            text = names.get(name, str(name))
        case {"Fn::GetAtt": [name, attribute]}:
            text = f"{names.get(name, name)}.{attribute}"
        case {"Fn::Join": [str(between), list(parts)]}:
            text = between.join(_text(part, names) for part in parts)
        case _:
            text = json.dumps(value)
    return text


def _is_function(value: Mapping[str, Any]) -> bool:
    return any(name == "Ref" or name.startswith("Fn::") for name in value)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
