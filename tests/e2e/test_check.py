"""The last test: `larder admin check` over all that the others did."""

import json
from typing import Any

from tests.e2e.user import User
from tests.e2e.waiting import wait_until


def test_catalog_bucket_and_usage_agree_after_all_of_this(user: User) -> None:
    run = user.owner.rpartition("-")[0]

    def damage() -> list[dict[str, Any]]:
        # No grace: what the others did is over, and what the stream still has to do is waited for.
        done = user.run("larder", "admin", "check", "--grace", "0s", "--json", check=False)
        findings = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == (1 if findings else 0), done.stderr
        # An earlier run on the kept deployment may have been killed in the middle of something.
        return [each for each in findings if each["owner"].startswith(run)]

    wait_until(lambda: not damage(), seconds=30)
