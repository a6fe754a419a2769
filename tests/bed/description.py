"""`docs/openapi.yaml`, to which schemathesis holds whatever answers at a base URL.

Its phases are the examples, every value at its bounds and just past them, generated ones, and
sequences of calls that feed on one another's answers; with all checks, but for what
`schemathesis.toml` leaves out and says why.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

COMMAND = Path(sys.executable).with_name("schemathesis")
CONFIG = Path(__file__).with_name("schemathesis.toml")
DESCRIPTION = yaml.safe_load(
    (Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text(encoding="utf-8")
)
EXAMPLES = 25  # generated for each operation, besides some fifty at its bounds
OPERATIONS = [
    operation["operationId"]
    for methods in DESCRIPTION["paths"].values()
    for operation in methods.values()
    if isinstance(operation, dict) and "operationId" in operation
]
OPTIONAL = [
    {"$ref": f"#/components/parameters/{name}"} for name in ("LarderOwner", "IdempotencyKey")
]


def without_optional_headers(description: Any = DESCRIPTION) -> Any:
    """The description as the SDKs use it.

    With `Larder-Owner` an ordinary key is answered 403, whatever else is right or wrong with the
    request; and an answer that is repeated for its `Idempotency-Key` may tell of a file that has
    been deleted since, which looks like a file that was lost.
    """
    if isinstance(description, list):
        return [without_optional_headers(each) for each in description if each not in OPTIONAL]
    if isinstance(description, dict):
        return {name: without_optional_headers(each) for name, each in description.items()}
    return description


def identities(**keys: str) -> Any:
    """Who is who, by their keys; none of them may see what is another's."""
    return {
        "auth": [
            {
                "name": name,
                "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {key}"}],
            }
            for name, key in keys.items()
        ]
    }


def hold(
    base_url: str,
    description: Any,
    folder: Path,
    environment: Mapping[str, str],
    *options: str,
    tester: str,
    other: str,
    operations: Sequence[str] = OPERATIONS,
    examples: int = EXAMPLES,
) -> None:
    """Run schemathesis in an empty folder; fail with its words when it finds anything.

    Args:
        base_url: Who is asked.
        description: What is promised.
        folder: Where it runs.
        environment: Its environment variables.
        options: Of `schemathesis run`.
        tester: The API key that asks.
        other: The key of another owner.
        operations: The ids of those that are asked for.
        examples: How many are generated for each operation.
    """
    (folder / "description.json").write_text(json.dumps(description))
    (folder / "identities.json").write_text(json.dumps(identities(tester=tester, other=other)))
    command: list[str | Path] = [
        COMMAND,
        "--config-file",
        CONFIG,
        "run",
        "description.json",
        "--no-color",
    ]
    command += ["--url", base_url, "--max-examples", str(examples), *options]
    for operation in operations:
        command += ["--include-operation-id", operation]
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Tested: {len(operations)}" in done.stdout
