"""Finds what of users' data a deployment would lose, so that it can be refused."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.operation.found import FoundStack

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

# A change of one of these properties makes a new table or bucket, which is empty.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
_REPLACING: Mapping[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": (
        "TableName",
        "KeySchema",
        "LocalSecondaryIndexes",
        "ImportSourceSpecification",
    ),
    "AWS::S3::Bucket": ("BucketName", "BucketNamePrefix", "BucketNamespace"),
}
_ENCRYPTION: Mapping[str, str] = {
    "AWS::DynamoDB::Table": "SSESpecification",
    "AWS::S3::Bucket": "BucketEncryption",
}

Template = Mapping[str, Any]


def deployed_template(cloudformation: "CloudFormationClient", stack: FoundStack) -> Template:
    """A stack's template as it was deployed last."""
    body: Any = cloudformation.get_template(StackName=stack.name)["TemplateBody"]
    template: Template = json.loads(body) if isinstance(body, str) else body
    return template


def written_template(assembly: Path, name: str) -> Template:
    """The template of a stack of that name as it was synthesized."""
    template: Template = json.loads((assembly / f"{name}.template.json").read_text())
    return template


def losses(deployed: Template, written: Template) -> Iterator[str]:
    """Which tables and buckets would be lost, in a sentence each.

    Args:
        deployed: The data stack's template as it was deployed last.
        written: The one that would be deployed.
    """
    wanted = written.get("Resources", {})
    for logical_id, old in deployed.get("Resources", {}).items():
        kind = old["Type"]
        if kind not in _REPLACING:
            continue
        what = f"the {'table' if 'Table' in kind else 'bucket'} {construct_path(logical_id, old)}"
        new = wanted.get(logical_id)
        if new is None or new["Type"] != kind:
            yield f"It would remove {what}."
            continue
        before, after = old.get("Properties", {}), new.get("Properties", {})
        for name in _REPLACING[kind]:
            if before.get(name) != after.get(name):
                yield f"It would replace {what} with an empty one, for its {name}."
        if _keys(before.get(_ENCRYPTION[kind])) - _keys(after.get(_ENCRYPTION[kind])):
            yield f"It would change the KMS key of {what}, while all in it needs the old one."


def construct_path(logical_id: str, resource: Mapping[str, Any]) -> str:
    """The path of the construct that made a resource, such as `Reap/Role`."""
    path = str(resource.get("Metadata", {}).get("aws:cdk:path", logical_id))
    return path.partition("/")[2].removesuffix("/Resource") or logical_id


def _keys(encryption: Any) -> set[str]:
    """The team's keys that an encryption names."""
    match encryption:
        case {"KMSMasterKeyId": key} | {"KMSMasterKeyID": key}:
            return {json.dumps(key)}
        case dict():
            return {key for each in encryption.values() for key in _keys(each)}
        case list():
            return {key for each in encryption for key in _keys(each)}
    return set()
