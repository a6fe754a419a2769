"""The CloudFront Function, run in Node on many requests at once."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.edge import route_function

HERE = Path(__file__).parent
NODE = Path(sys.executable).with_name("node")
TABLE = json.loads((HERE / "cases.json").read_text())
INLINE_BYTES: int = TABLE["inline_bytes"]


@dataclass(frozen=True)
class Case:
    """One line of the table: a request, as a client sends it, and who answers it."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    to: str

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Case":
        headers = tuple((name, value) for name, value in line["headers"])
        return cls(line["method"], line["path"], headers, line["to"])

    def __str__(self) -> str:
        return " ".join([self.method, repr(self.path), *(f"{n}={v!r}" for n, v in self.headers)])


CASES = tuple(Case.of(line) for line in TABLE["cases"])


@cache
def chosen_in_table() -> Mapping[Case, str]:
    """What the function chooses for each line of the table."""
    return dict(zip(CASES, choose(CASES), strict=True))


def choose(cases: Iterable[Case], inline_bytes: int = INLINE_BYTES) -> list[str]:
    """The ids of the origins that the function selects; the requests stay as they are."""
    requests = [as_cloudfront_has_it(case) for case in cases]
    node = subprocess.run(
        [NODE, HERE / "harness.mjs"],
        input=json.dumps({"source": route_function(inline_bytes), "requests": requests}),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: Sequence[Mapping[str, Any]] = json.loads(node.stdout)
    assert all(answer["untouched"] for answer in answers)
    return [answer["selected"] for answer in answers]


def as_cloudfront_has_it(case: Case) -> Mapping[str, Any]:
    """The `request` of a viewer request's event: names in lower case, repeated ones gathered.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
    """
    headers: dict[str, dict[str, Any]] = {}
    for name, value in case.headers:
        if (header := headers.get(name.lower())) is None:
            headers[name.lower()] = {"value": value}
        else:
            header.setdefault("multiValue", [{"value": header["value"]}]).append({"value": value})
    return {
        "method": case.method,
        "uri": case.path,
        "querystring": {},
        "headers": headers,
        "cookies": {},
    }
