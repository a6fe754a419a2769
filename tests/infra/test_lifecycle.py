"""The backstop: with every function broken, no byte goes early and none stays long.

S3 adds a rule's days to an object's time and rounds up to the next midnight UTC; the time of a
multipart object is that of its initiation.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infra.stages import STAGES
from lambdas.core.expiry import LONGEST, SHORTEST, lifetime_days
from tests.infra.conftest import Synthesized
from tests.infra.templates import Assembly

DAY = 86_400
SESSION = max(stage.limits.upload_seconds for stage in STAGES.values())

started_at = st.integers(0, 2**33)
lives = st.integers(SHORTEST, LONGEST)
sessions = st.integers(0, SESSION)


@pytest.fixture(scope="session")
def rules(prod: Assembly) -> Mapping[str, Any]:
    return rules_of(prod)


def rules_of(assembly: Assembly) -> dict[str, Any]:
    bucket = assembly.data.only("S3::Bucket", "Content/Bucket").properties
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules)
    return {rule.get("Prefix", ""): rule for rule in rules}


def deleted_at(dated: int, days: int) -> int:
    """When S3 deletes, at the earliest, what it dates so: at a midnight UTC."""
    return -(-(dated + days * DAY) // DAY) * DAY


def test_there_is_a_rule_for_every_life_in_days(synthesized: Synthesized) -> None:
    for stage in STAGES.values():
        rules = rules_of(synthesized(stage))
        days = {p: r["ExpirationInDays"] for p, r in rules.items() if p.startswith("expires-in-")}
        assert days == {f"expires-in-{life:02d}d/": life + 1 for life in range(1, 31)}


def test_staged_parts_and_unfinished_uploads_go_after_two_days(synthesized: Synthesized) -> None:
    for stage in STAGES.values():
        rules = rules_of(synthesized(stage))
        assert rules["parts/"]["ExpirationInDays"] == 2
        assert rules[""]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2}


def test_no_rule_deletes_anything_else(rules: Mapping[str, Any]) -> None:
    assert len(rules) == 32
    assert "ExpirationInDays" not in rules[""]


@example(initiated=0, session=SESSION, life=DAY)  # the earliest that S3 can come
@example(initiated=1, session=0, life=SHORTEST)  # and the latest
@given(initiated=started_at, session=sessions, life=lives)
def test_no_object_goes_before_its_file_expires_nor_three_days_after(
    rules: Mapping[str, Any], initiated: int, session: int, life: int
) -> None:
    expires_at = initiated + session + life
    rule = rules[f"expires-in-{lifetime_days(life):02d}d/"]
    assert 0 <= deleted_at(initiated, rule["ExpirationInDays"]) - expires_at < 3 * DAY


@example(initiated=0, sent=0)
@given(initiated=started_at, sent=sessions)
def test_no_staged_part_goes_before_its_upload_ends_nor_three_days_after(
    rules: Mapping[str, Any], initiated: int, sent: int
) -> None:
    ends = initiated + SESSION
    gone = deleted_at(initiated + sent, rules["parts/"]["ExpirationInDays"])
    assert ends < gone < ends + 3 * DAY


@given(initiated=started_at)
def test_no_multipart_upload_is_aborted_before_its_session_ends(
    rules: Mapping[str, Any], initiated: int
) -> None:
    days = rules[""]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
    ends = initiated + SESSION
    assert ends < deleted_at(initiated, days) <= ends + 2 * DAY


def test_an_upload_lasts_at_most_the_day_that_the_rules_spare() -> None:
    assert SESSION <= DAY
