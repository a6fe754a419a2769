"""The deployed API does what `docs/openapi.yaml` says of it, as schemathesis sees it.

All operations, all phases (the examples, every value at its bounds and just past them, generated
ones, and sequences of calls that feed on one another's answers) and all checks, but for what
`schemathesis.toml` leaves out and says why.
"""

import json
from pathlib import Path
from typing import Any

import yaml

from infra.local.emulator import ROOT
from tests.e2e.conftest import NewUser
from tests.e2e.user import User

CONFIG = Path(__file__).with_name("schemathesis.toml")
DESCRIPTION = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
EXAMPLES = 25  # generated for each operation, besides some fifty at its bounds
OPTIONAL = [
    {"$ref": f"#/components/parameters/{name}"} for name in ("LarderOwner", "IdempotencyKey")
]


def without_optional_headers(description: Any) -> Any:
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


def identities(**users: User) -> Any:
    """Who is who; none of them may see what is another's."""
    return {
        "auth": [
            {
                "name": name,
                "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {user.key}"}],
            }
            for name, user in users.items()
        ]
    }


def hold(tester: User, other: User, description: Any, *options: str) -> None:
    """Run schemathesis in the tester's home; fail with its words when it finds anything."""
    for name, content in {
        "description.json": description,
        "identities.json": identities(tester=tester, other=other),
    }.items():
        (tester.home / name).write_text(json.dumps(content))
    command = ["schemathesis", "--config-file", CONFIG, "run", "description.json", "--no-color"]
    command += ["--url", tester.deployment.base_url, "--max-examples", EXAMPLES, *options]
    done = tester.run(*command, check=False, seconds=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: 16" in done.stdout


def test_every_operation_answers_a_user_as_described(new_user: NewUser, user: User) -> None:
    hold(user, new_user(), without_optional_headers(DESCRIPTION))


def test_every_operation_answers_the_batch_system_as_described(
    new_user: NewUser, user: User
) -> None:
    repeats = ("--exclude-checks", "ensure_resource_availability")  # see above
    hold(new_user("--scope", "service"), user, DESCRIPTION, *repeats)
