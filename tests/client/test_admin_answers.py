"""`larder admin` where something else answers than AWS: one line, and no word of Python's."""

import os
from collections.abc import Iterator

import pytest

from larder.cli import main
from tests.client.fakes.server import Request, Response, serving

pytestmark = pytest.mark.slow

Capture = pytest.CaptureFixture[str]

COMMANDS = {
    "list": ["keys", "list"],
    "create": ["keys", "create", "--owner", "alice", "--quota", "1GiB"],
    "revoke": ["keys", "revoke", "0123456789abcdef"],
    "quota": ["quota", "--owner", "alice"],
    "check": ["check", "--settle", "0"],
}
OUTPUTS = "".join(
    f"<member><OutputKey>{name}</OutputKey><OutputValue>x</OutputValue></member>"
    for name in ("CatalogTable", "ApiKeysTable", "ContentBucket")
)


def stacks(*members: str) -> bytes:
    inner = "".join(f"<member>{member}</member>" for member in members)
    return (
        "<DescribeStacksResponse><DescribeStacksResult><Stacks>"
        f"{inner}</Stacks></DescribeStacksResult></DescribeStacksResponse>"
    ).encode()


NO_STACKS = {
    "nothing": b"",
    "null": b"null",
    "HTML": b"<html><h1>Log in</h1></html>",
    "no UTF-8": b"\xff\xfe",
    "no result": b"<DescribeStacksResponse/>",
    "no stack": stacks(),
    "an empty stack": stacks("<StackName>x</StackName>"),
    "an empty output": stacks("<Outputs><member/></Outputs>"),
    "an empty error": b"<ErrorResponse><Error/></ErrorResponse>",
    "nested deep": b"<a>" * 20_000,
}
NO_TABLE = {
    "HTML": b"<html><h1>Log in</h1></html>",
    "no UTF-8": b"\xff\xfe",
    "null": b"null",
    "a list": b"[]",
    "nested deep": b"[" * 100_000,
    "an item that is null": b'{"Items": [null], "Item": {"used_bytes": null}, "Table": null}',
    "an attribute that is null": b'{"Items": [{"key_hash": null}], "Item": null}',
    "an attribute twice": b'{"Items": [{"key_hash": {"S": "a", "N": "1"}}]}',
    "an attribute that is empty": b'{"Items": [{"key_hash": {}}]}',
}


class FakeAws:
    """CloudFormation knows the stack, and everything else answers `body`, until told otherwise."""

    def __init__(self) -> None:
        self.stacks = stacks(f"<Outputs>{OUTPUTS}</Outputs>")
        self.body = b""
        self.status = 200

    def answer(self, request: Request) -> Response:
        if b"DescribeStacks" in request.body:
            return Response(self.status, self.stacks, {"content-type": "text/xml"})
        return Response(self.status, self.body, {"content-type": "application/x-amz-json-1.0"})


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    for name in ("AWS_PROFILE", "LARDER_STAGE", "LARDER_DEPLOYMENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    fake = FakeAws()
    with serving("127.0.0.1", fake.answer) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        yield fake


def assert_one_line(capsys: Capture, without: str = "Traceback") -> None:
    output = capsys.readouterr()
    assert without not in output.err
    assert output.out == ""
    assert output.err.startswith("larder: ")
    assert output.err.count("\n") == 1
    assert len(output.err) < 1200


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("body", NO_STACKS.values(), ids=NO_STACKS)
def test_what_is_no_stack_is_one_line(
    aws: FakeAws, body: bytes, status: int, capsys: Capture
) -> None:
    aws.stacks, aws.status = body, status
    assert main(["admin", "keys", "list", "--json"]) == 1
    assert_one_line(capsys)


def test_a_stack_that_is_missing_where_a_variable_points_names_the_variable(
    aws: FakeAws, capsys: Capture
) -> None:
    aws.status = 400
    aws.stacks = b"<ErrorResponse><Error><Code>ValidationError</Code></Error></ErrorResponse>"
    assert main(["admin", "keys", "list", "--stage", "prod"]) == 1
    where = f"at {os.environ['AWS_ENDPOINT_URL']}, which AWS_ENDPOINT_URL names: deploy it"
    assert where in capsys.readouterr().err


@pytest.mark.parametrize("body", NO_TABLE.values(), ids=NO_TABLE)
@pytest.mark.parametrize("command", ["list", "revoke", "check"])
def test_what_is_no_table_is_one_line(
    aws: FakeAws, command: str, body: bytes, capsys: Capture
) -> None:
    aws.body = body
    assert main(["admin", *COMMANDS[command]]) == 1
    assert_one_line(capsys)


@pytest.mark.parametrize("body", NO_TABLE.values(), ids=NO_TABLE)
@pytest.mark.parametrize(
    "command",
    ["create", ["keys", "create", "--owner", "alice"], [*COMMANDS["quota"], "--set", "1GiB"]],
)
def test_what_stores_nothing_is_not_believed(
    aws: FakeAws, command: str | list[str], body: bytes, capsys: Capture
) -> None:
    aws.body = body
    words = COMMANDS[command] if isinstance(command, str) else command
    assert main(["admin", *words]) == 1
    assert_one_line(capsys)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"Item": []}', b'{"Item": {"files": {}}}'])
def test_what_is_no_usage_is_one_line(aws: FakeAws, body: bytes, capsys: Capture) -> None:
    aws.body = body
    assert main(["admin", *COMMANDS["quota"]]) == 1
    assert_one_line(capsys)


def test_a_refusal_of_pages_is_cut_to_a_line(aws: FakeAws, capsys: Capture) -> None:
    aws.stacks, aws.status = b"<a>" * 5000, 400
    assert main(["admin", *COMMANDS["create"]]) == 1
    assert_one_line(capsys)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "localhost:4566"),
        ("AWS_ENDPOINT_URL", "http://[bad"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "localhost:4566"),
        ("AWS_ENDPOINT_URL_S3", "localhost:4566"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_ACCESS_KEY_ID", "\udcff"),
        ("LARDER_STAGE", "\udcff"),
        ("AWS_ACCESS_KEY_ID", "hid den\n1"),
        ("AWS_SESSION_TOKEN", "hidden\n1"),
    ],
)
@pytest.mark.usefixtures("aws")
def test_a_setting_that_makes_no_sense_is_one_line(
    name: str, value: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["admin", *COMMANDS["check" if name.endswith("S3") else "quota"]]) == 1
    assert_one_line(capsys, without="hid")


@pytest.mark.parametrize(
    "name",
    [
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LARDER_STAGE",
    ],
)
def test_white_space_around_a_setting_is_no_part_of_it(
    name: str, aws: FakeAws, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws.body = b'{"Item": {"used_bytes": {"N": "5"}}}'
    monkeypatch.setenv(name, f" {os.environ.get(name, 'dev')}\r\n")
    assert main(["admin", *COMMANDS["quota"]]) == 0
    assert capsys.readouterr().out.startswith("alice: 5 B")
