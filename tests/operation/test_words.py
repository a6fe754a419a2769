"""What a deployment changes of a stack, said in words."""

from typing import Any

import pytest

from infra.operation.words import contents, describe

FUNCTION, ALARM = "AWS::Lambda::Function", "AWS::CloudWatch::Alarm"


def resource(kind: str, path: str, **properties: Any) -> dict[str, Any]:
    metadata = {"aws:cdk:path": f"larder-prod-api/{path}/Resource"}
    return {"Type": kind, "Properties": properties, "Metadata": metadata}


def template(*resources: dict[str, Any], **sections: Any) -> dict[str, Any]:
    named = {f"R{number}": each for number, each in enumerate(resources)}
    return {"Resources": named, **sections}


def function(path: str, code: str, **properties: Any) -> dict[str, Any]:
    return resource(FUNCTION, path, Code={"S3Bucket": "assets", "S3Key": code}, **properties)


def test_what_is_as_it_was_is_not_spoken_of() -> None:
    there = template(resource(ALARM, "Alarms/SlowAnswers", Threshold=1), Outputs={"Url": 1})
    assert describe(there, there) == []


def test_notes_of_the_cdk_are_no_change() -> None:
    old, new = resource(ALARM, "Alarms/SlowAnswers"), resource(ALARM, "Moved/SlowAnswers")
    notes = resource("AWS::CDK::Metadata", "CDKMetadata")
    assert describe(template(old), template(new, notes)) == []


def test_letters_that_cloudformation_does_not_answer_are_no_change() -> None:
    old = resource(ALARM, "Alarms/SlowAnswers", AlarmDescription="Wait?")
    new = resource(ALARM, "Alarms/SlowAnswers", AlarmDescription="Wait…")
    assert describe(template(old), template(new)) == []


def test_code_alone_is_new_code() -> None:
    old, new = function("GetFile", "old.zip"), function("GetFile", "new.zip")
    assert describe(template(old), template(new)) == ["new code: function GetFile"]


def test_code_with_something_else_is_named_among_it() -> None:
    old = function("GetFile", "old.zip", Timeout=3, Environment={"Variables": {"A": "1"}})
    new = function("GetFile", "new.zip", Timeout=4, Environment={"Variables": {"A": "2"}})
    (line,) = describe(template(old), template(new))
    assert line == "changed: function GetFile (Code, Environment.Variables.A, Timeout)"


def test_many_alike_are_counted() -> None:
    old = [function(f"F{number}", "old.zip") for number in range(4)]
    new = [function(f"F{number}", "new.zip") for number in range(4)]
    assert describe(template(*old), template(*new)) == ["new code: 4 functions"]


def test_a_few_alike_are_named_together() -> None:
    old = [resource("AWS::IAM::Policy", path, PolicyName=1) for path in ("A", "B")]
    new = [resource("AWS::IAM::Policy", path, PolicyName=2) for path in ("A", "B")]
    assert describe(template(*old), template(*new)) == ["changed: policies A, B (PolicyName)"]


def test_a_function_of_cloudformation_is_one_value() -> None:
    old = resource(ALARM, "A", Dimensions={"Ref": "Old"})
    new = resource(ALARM, "A", Dimensions={"Ref": "New"})
    assert describe(template(old), template(new)) == ["changed: alarm A (Dimensions)"]


def test_what_is_beside_the_properties_is_named_too() -> None:
    old, new = resource(ALARM, "A"), {**resource(ALARM, "A"), "DeletionPolicy": "Retain"}
    assert describe(template(old), template(new)) == ["changed: alarm A (DeletionPolicy)"]


def test_of_many_properties_the_rest_is_counted() -> None:
    new = resource(ALARM, "A", B=1, C=1, D=1, E=1, F=1, G=1)
    (line,) = describe(template(resource(ALARM, "A")), template(new))
    assert line == "changed: alarm A (B, C, D, E, 2 more)"


def test_the_same_under_another_id_is_replaced() -> None:
    deployment = resource("AWS::ApiGateway::Deployment", "Rest/Deployment")
    lines = describe({"Resources": {"D1": deployment}}, {"Resources": {"D2": deployment}})
    assert lines == ["replaced: API deployment Rest/Deployment"]


def test_what_goes_is_said_before_what_comes() -> None:
    table, queue = resource("AWS::DynamoDB::Table", "T"), resource("AWS::SQS::Queue", "Q")
    lines = describe({"Resources": {"Z": table}}, {"Resources": {"A": queue}})
    assert lines == ["removed: table T", "added: queue Q"]


def test_outputs_are_spoken_of() -> None:
    old = template(Outputs={"ApiUrl": 1, "Same": 1, "Gone": 1}, Description="a")
    new = template(Outputs={"ApiUrl": 2, "Same": 1, "New": 1}, Description="b")
    assert describe(old, new) == [
        "removed: output Gone",
        "added: output New",
        "changed: template Description",
        "changed: output ApiUrl",
    ]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("AWS::ApiGateway::RestApi", "API"),
        ("AWS::EC2::VPC", "VPC"),
        ("AWS::EC2::VPCGatewayAttachment", "VPC gateway attachment"),
        ("AWS::EC2::SecurityGroupIngress", "security group ingress"),
        ("AWS::Logs::LogGroup", "log group"),
        ("AWS::S3::BucketPolicy", "bucket policy"),
        ("Custom::S3AutoDeleteObjects", "S3 auto delete objects"),
    ],
)
def test_a_kind_is_a_plain_word(kind: str, word: str) -> None:
    assert contents(template(resource(kind, "A"))) == f"1 {word}"


def test_a_new_stack_is_told_by_what_it_holds_most_of() -> None:
    held = [resource(ALARM, "A"), function("F", "x"), function("G", "x")]
    assert contents(template(*held)) == "2 functions, 1 alarm"
