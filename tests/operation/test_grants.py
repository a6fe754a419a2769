"""Where a deployment lets anybody do more than before."""

from typing import Any

from infra.operation.grants import exports, grants, widened

TABLE = {"Type": "AWS::DynamoDB::Table", "Metadata": {"aws:cdk:path": "data/Catalog/Resource"}}
ROLE = {"Type": "AWS::IAM::Role", "Metadata": {"aws:cdk:path": "api/GetFile/Role/Resource"}}
OTHER = {"Type": "AWS::IAM::Role", "Metadata": {"aws:cdk:path": "api/ListFiles/Role/Resource"}}
CATALOG = {"Fn::GetAtt": ["Table1", "Arn"]}


def says(action: Any, resource: Any = CATALOG, effect: str = "Allow", **more: Any) -> Any:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: Any, role: str = "Role1") -> dict[str, Any]:
    document = {"Statement": list(statements)}
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyDocument": document, "Roles": [{"Ref": role}]},
    }


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": {"Table1": TABLE, "Role1": ROLE, "Role2": OTHER, **resources}}


def wider(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return widened(
        grants(template(**before), {}),
        grants(template(**after), {}),
    )


def test_new_actions_are_told_with_who_and_on_what() -> None:
    before, after = policy(says("dynamodb:GetItem")), policy(says(["dynamodb:GetItem", "a", "b"]))
    assert wider({"P": before}, {"P": after}) == ["GetFile/Role may a, b on Catalog"]


def test_another_resource_is_told() -> None:
    index = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":", CATALOG, "/index/*"]]}
    before, after = policy(says("a")), policy(says("a", [CATALOG, index]))
    assert wider({"P": before}, {"P": after}) == ["GetFile/Role may a on arn:aws:Catalog/index/*"]


def test_less_is_not_told() -> None:
    assert wider({"P": policy(says(["a", "b"]))}, {"P": policy(says("a"))}) == []


def test_the_same_in_other_words_is_not_told() -> None:
    before = policy(says(["a", "b"]))
    after = policy(says("b", [CATALOG]), says("a"))
    assert wider({"P": before}, {"Q": after}) == []


def test_another_role_is_told() -> None:
    before, after = policy(says("a")), policy(says("a"), role="Role2")
    assert wider({"P": before}, {"P": after}) == ["ListFiles/Role may a on Catalog"]


def test_a_condition_that_is_gone_is_told() -> None:
    condition = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    before, after = policy(says("a", Condition=condition)), policy(says("a"))
    assert wider({"P": before}, {"P": after}) == ["GetFile/Role may a on Catalog"]


def test_a_condition_is_told() -> None:
    after = policy(says("a", Condition={"Bool": {"aws:SecureTransport": "true"}}))
    (line,) = wider({}, {"P": after})
    assert line == "GetFile/Role may a on Catalog where aws:SecureTransport Bool true"


def test_what_is_no_longer_denied_is_told() -> None:
    def bucket_policy(*statements: Any) -> dict[str, Any]:
        document = {"Statement": list(statements)}
        return {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": document}}

    denied = says("s3:*", "arn:b", "Deny", Principal={"AWS": "*"})
    assert wider({"B": bucket_policy(denied)}, {"B": bucket_policy()}) == [
        "anybody is no longer denied s3:* on arn:b"
    ]
    assert wider({"B": bucket_policy()}, {"B": bucket_policy(denied)}) == []


def test_all_but_some_actions_is_told_as_that() -> None:
    statement = {"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"}
    (line,) = wider({}, {"P": policy(statement)})
    assert line == "GetFile/Role may all but iam:* and sts:* on *"


def test_whoever_may_take_a_role_is_told() -> None:
    trusts = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
    trusts["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}  # type: ignore[assignment]
    role = {**ROLE, "Properties": {"AssumeRolePolicyDocument": trusts}}
    assert wider({}, {"Role1": role}) == ["lambda.amazonaws.com may sts:AssumeRole on GetFile/Role"]


def test_a_policy_of_awss_own_is_told() -> None:
    role = {**ROLE, "Properties": {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/Admin"]}}
    assert wider({}, {"Role1": role}) == [
        "GetFile/Role may all that it allows on arn:aws:iam::aws:policy/Admin"
    ]


def test_leave_to_call_a_function_is_told() -> None:
    function = {"Type": "AWS::Lambda::Function", "Metadata": {"aws:cdk:path": "api/GetFile/F"}}
    leave = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Fn::GetAtt": ["F1", "Arn"]},
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"Ref": "Api1"},
        },
    }
    assert wider({}, {"F1": function, "L": leave}) == [
        "apigateway.amazonaws.com may lambda:InvokeFunction on GetFile/F where SourceArn is Api1"
    ]


def test_what_another_stack_exports_is_told_by_its_path() -> None:
    data = {
        "Resources": {"Table1": TABLE},
        "Outputs": {"E": {"Value": CATALOG, "Export": {"Name": "data:E"}}, "Plain": {"Value": "x"}},
    }
    after = policy(says("a", {"Fn::ImportValue": "data:E"}))
    found = grants({"Resources": {"Role1": ROLE, "P": after}}, exports(data))
    assert widened(set(), found) == ["GetFile/Role may a on Catalog"]
