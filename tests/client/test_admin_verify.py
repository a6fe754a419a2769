"""`larder admin verify`: what it takes, what it asks first, and the promises that it tells of."""

import io
import json
import sys
from collections.abc import Iterator, Sequence

import pytest

from larder.admin.verify.promise import (
    Broken,
    Outcome,
    Promise,
    Unseen,
    Verdict,
    expect,
    verify_promise,
)
from larder.admin.verify.run import PROMISES, Verification
from larder.admin.verify.scene import Answer, Scene
from larder.admin.verify.stacks import Stacks
from larder.cli import main

Capture = pytest.CaptureFixture[str]

ENVELOPE = {"error": {"message": "No.", "type": "t", "param": None, "code": "c"}}


def answer(status: int = 403, body: object = ENVELOPE, **headers: str) -> Answer:
    return Answer(status, {"x-request-id": "1"} | headers, json.dumps(body).encode())


def test_every_promise_has_a_name_of_its_own() -> None:
    names = [promise.name for promise in PROMISES]
    assert len(set(names)) == len(names)


def test_the_promises_are_listed_without_asking_anybody(capsys: Capture) -> None:
    assert main(["admin", "verify", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [promise.name for promise in PROMISES]


def test_an_unknown_promise_cannot_be_skipped(capsys: Capture) -> None:
    assert main(["admin", "verify", "--skip", "everything"]) == 2
    told = capsys.readouterr().err
    assert "everything is no promise" in told
    assert "isolation" in told


def test_a_stage_called_prod_is_not_verified_where_nobody_can_say_so(capsys: Capture) -> None:
    assert main(["admin", "--stage", "prod", "verify"]) == 2
    assert "--yes" in capsys.readouterr().err


@pytest.mark.parametrize("reply", ["", "n", "no", "nonsense"])
def test_a_stage_called_prod_is_verified_only_after_a_yes(
    reply: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal(f"{reply}\n"))
    assert main(["admin", "--stage", "prod", "verify"]) == 1
    assert "nothing was done" in capsys.readouterr().err


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("raised", "verdict", "reason"),
    [
        (Broken("it is\nnot so"), Verdict.BROKEN, "it is not so"),
        (Unseen("not here"), Verdict.UNSEEN, "not here"),
        (KeyError("data"), Verdict.BROKEN, "an answer was not understood: KeyError: 'data'"),
        (ConnectionRefusedError(111, "Connection refused"), Verdict.BROKEN, "Connection refused"),
    ],
)
def test_what_goes_wrong_while_looking_is_told_in_a_line(
    raised: Exception, verdict: Verdict, reason: str, scene: Scene
) -> None:
    def look(_scene: Scene) -> str | None:
        raise raised

    outcome = verify_promise(Promise("a", "b", look), scene)
    assert outcome.verdict is verdict
    assert reason in outcome.reason


def test_a_promise_that_holds_may_tell_what_was_seen(scene: Scene) -> None:
    outcome = verify_promise(Promise("a", "b", lambda _: "in 3 s"), scene)
    assert (outcome.verdict, outcome.reason) == (Verdict.HELD, "in 3 s")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (answer(status=500), "answered 500"),
        (answer(body={"message": "Forbidden"}), "without the error envelope"),
        (answer(body={"error": {"message": "No."}}), "the keys"),
        (Answer(403, {"x-request-id": "1"}, b"<html>"), "without the error envelope"),
        (Answer(403, {}, b"{}"), "x-request-id"),
    ],
)
def test_a_refusal_must_be_in_the_envelope(told: Answer, why: str) -> None:
    with pytest.raises(Broken, match=why):
        told.refuses(403, "c")


def test_a_refusal_in_the_envelope_has_a_message() -> None:
    assert answer().refuses(403, "c") == "No."


def test_what_does_not_hold_is_said() -> None:
    expect([1], "never said")
    with pytest.raises(Broken, match="seen instead"):
        expect([], "seen instead")


@pytest.fixture
def scene() -> Scene:
    """A scene that no look of these tests looks at."""
    return None  # type: ignore[return-value]


class _Verification(Verification):
    """Comes out as it is told to."""

    verdicts: Sequence[Verdict] = ()

    def run(self) -> Iterator[Outcome]:
        for number, verdict in enumerate(self.verdicts):
            promise = Promise(f"p{number}", f"promise {number}", lambda _: None)
            yield Outcome(promise, verdict, "a reason", 1.0)


@pytest.mark.parametrize(
    ("verdicts", "code", "counted"),
    [
        ([Verdict.HELD, Verdict.UNSEEN], 0, "1 held, 0 broken, 1 unseen"),
        ([Verdict.HELD, Verdict.BROKEN], 1, "1 held, 1 broken, 0 unseen"),
    ],
)
def test_the_exit_code_says_whether_a_promise_is_broken(
    verdicts: list[Verdict],
    code: int,
    counted: str,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stacks = Stacks("https://host/v1", "https://host/v1", has_front_door=False, functions=())
    monkeypatch.setattr("larder.admin.deployment.find_deployment", lambda *_: None)
    monkeypatch.setattr("larder.admin.verify.stacks.find_stacks", lambda *_: stacks)
    monkeypatch.setattr("larder.admin.verify.run.Verification", _Verification)
    monkeypatch.setattr(_Verification, "verdicts", verdicts)
    assert main(["admin", "verify"]) == code
    assert counted in capsys.readouterr().out


def test_without_the_sdk_it_says_what_is_missing(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larder.cli.verify.find_spec", lambda _: None)
    assert main(["admin", "verify"]) == 2
    assert "pip install 'larder-files[admin,openai]'" in capsys.readouterr().err
