"""What lists and forms cost, in instructions of the processor, which do not vary from run to run.

Each is a ratio to what cannot be saved, so that it holds for every Python and machine.
"""

import shutil
import subprocess
import sys
from functools import cache

import pytest

COUNT = ["perf", "stat", "-x,", "-e", "instructions:u", "--"]

# Each program does its work as often as it is told.
LIST = """
import io, json, sys, os
import tests.bed.environment
tests.bed.environment.set_environment()
from botocore.awsrequest import AWSResponse
from lambdas.core.file import new_file
from lambdas.endpoints import list_files
from lambdas.stores.aws import dynamodb

now = 1_790_000_000
made = (new_file(owner="alice", filename=f"{i}.jsonl", purpose="batch", size=i, seconds=9999,
                 now=now + i) for i in range(10_000))
items = [{"id": {"S": file.id}, "file": {"S": file.rendered}} for file in made]
body = json.dumps({"Items": items, "Count": len(items)}).encode()

class Raw(io.BytesIO):
    def stream(self, **_):
        yield self.getvalue()

def answer(**_):
    return AWSResponse("", 200, {}, Raw(body))

dynamodb().meta.events.register("before-send.dynamodb.Query", answer)
event = {"headers": {}, "requestContext": {"requestTimeEpoch": now * 1000, "authorizer": {
    "owner": "alice"}}}
for _ in range(int(sys.argv[1])):
    assert list_files.handler(event, None)["statusCode"] == 200
for _ in range(int(sys.argv[2])):
    json.loads(body)
"""
FORM = """
import sys
from multipart import PushMultipartParser
from lambdas.api.form import parse_form

line = b'{"custom_id":"request-1","method":"POST","url":"/v1/chat/completions","body":{}}\\r\\n'
head = b'--b\\r\\nContent-Disposition: form-data; name="file"; filename="x"\\r\\n\\r\\n'
body = head + line * (4 * 2**20 // len(line)) + b"\\r\\n--b--\\r\\n"
for _ in range(int(sys.argv[1])):
    parse_form("multipart/form-data; boundary=b", body, content="file")
for _ in range(int(sys.argv[2])):
    with PushMultipartParser("b") as parser:
        for _ in parser.parse(body):
            pass
"""


def count(program: str, *times: int) -> int:
    command = [*COUNT, sys.executable, "-c", program, *map(str, times)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stderr.splitlines()[-1].split(",")[0])


@cache
def can_count() -> bool:
    if shutil.which("perf") is None:
        return False
    done = subprocess.run([*COUNT, "true"], capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stderr.split(",")[0].isdigit()


def ratio(program: str) -> float:
    """How many instructions the work takes for one of what it is measured by."""
    neither = count(program, 0, 0)
    return (count(program, 2, 0) - neither) / (count(program, 0, 2) - neither)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "most"),
    [
        pytest.param(LIST, 1.3, id="a list of 10 000 to reading its JSON"),
        pytest.param(FORM, 1.15, id="a form of 4 MiB to the parser alone"),
    ],
)
def test_they_take_no_more_instructions(program: str, most: float) -> None:
    if not can_count():
        pytest.skip("perf is not here, or may not count instructions")
    assert ratio(program) <= most
