"""A promise, how it is looked at, and what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

import openai
import urllib3

from larder.errors import LarderError
from larder.net.connections import reason

if TYPE_CHECKING:
    from larder.admin.verify.scene import Scene


class Broken(Exception):
    """A promise does not hold; the text says what was seen instead."""


class Unseen(Exception):
    """A promise could not be looked at here; the text says why."""


Check = Callable[["Scene"], str | None]
"""Looks, and returns what was seen where that is worth a line. Raises Broken or Unseen."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise: a name for `--skip`, the words for it, and how it is looked at."""

    name: str
    words: str
    check: Check


class Verdict(Enum):
    """What came of looking."""

    HELD = "held"
    BROKEN = "broken"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one promise, why, and how long it took to look."""

    promise: Promise
    verdict: Verdict
    reason: str
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The outcome as `--json` shows it."""
        return {
            "promise": self.promise.name,
            "words": self.promise.words,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "seconds": round(self.seconds, 2),
        }


def verify_promise(promise: Promise, scene: "Scene") -> Outcome:
    """Look at one promise; whatever else goes wrong while looking is a broken one too."""
    started = time.monotonic()
    verdict, why = _judged(promise, scene)
    return Outcome(promise, verdict, why, time.monotonic() - started)


def _judged(promise: Promise, scene: "Scene") -> tuple[Verdict, str]:
    try:
        return Verdict.HELD, promise.check(scene) or ""
    except Unseen as error:
        return Verdict.UNSEEN, str(error)
    except (Broken, LarderError, openai.OpenAIError) as error:
        return Verdict.BROKEN, " ".join(str(error).split())
    except (urllib3.exceptions.HTTPError, OSError) as error:
        return Verdict.BROKEN, f"no answer: {reason(error)}"
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # An answer of another shape than was asked for.
        return Verdict.BROKEN, f"an answer was not understood: {type(error).__name__}: {error}"


def expect(holds: object, otherwise: str) -> None:
    """Raise Broken, saying what was seen, unless it holds."""
    if not holds:
        raise Broken(otherwise)


Refusal = TypeVar("Refusal", bound=openai.APIStatusError)


def refusal(kind: type[Refusal], call: Callable[[], object], otherwise: str) -> Refusal:
    """Return the SDK's error for what must be refused; raise Broken when it is not."""
    try:
        call()
    except kind as error:
        return error
    raise Broken(otherwise)
