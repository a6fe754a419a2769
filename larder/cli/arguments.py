"""Argument types and options that several commands share."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from larder.transfer.workers import MOST_THREADS, THREADS
from larder.values import owner_name, parse_count, parse_duration, parse_size, profile_name

if TYPE_CHECKING:
    # What add_subparsers() returns has no public name.
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001

T = TypeVar("T")


def argument_type(parse: Callable[[str], T]) -> Callable[[str], T]:
    """The parser as an argparse type: its ValueError becomes the message for exit code 2."""

    def parse_argument(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse_argument


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{text!r} is not UTF-8") from None
    return text


text = argument_type(_text)
size = argument_type(parse_size)
duration = argument_type(parse_duration)
lifetime = argument_type(partial(parse_duration, least=1))
file_lifetime = argument_type(partial(parse_duration, least=3600, most=30 * 86400))


def add_group(parser: argparse.ArgumentParser, what: str = "VERB") -> "Commands":
    """A command's group of subcommands; without one it prints its help, as git and gh do."""
    parser.set_defaults(run=lambda _: parser.print_help())
    return parser.add_subparsers(metavar=what)


def add_owner(parser: argparse.ArgumentParser, what: str, *, required: bool = False) -> None:
    """Adds `--owner`."""
    parser.add_argument(
        "--owner", required=required, type=argument_type(owner_name), metavar="NAME", help=what
    )


def add_service(parser: argparse.ArgumentParser, *, quiet: str | None = "ids") -> None:
    """Adds `--base-url`, `--profile` and how to print: for every command that calls the API."""
    parser.add_argument(
        "--base-url", metavar="URL", help="instead of LARDER_BASE_URL or OPENAI_BASE_URL"
    )
    add_profile(parser, "what `larder login` kept, instead of the environment")
    add_output(parser, quiet=quiet)


def add_profile(parser: argparse.ArgumentParser, what: str) -> None:
    """Adds `--profile`."""
    parser.add_argument("--profile", type=argument_type(profile_name), metavar="NAME", help=what)


def add_acting(parser: argparse.ArgumentParser) -> None:
    """Adds `--owner`: for every command that a service may run for an owner."""
    add_owner(parser, "for this owner, with a key that has the scope service")


def add_threads(parser: argparse.ArgumentParser, what: str) -> None:
    """Adds `--threads`: how many pieces of a file are on their way at once."""
    parser.add_argument(
        "--threads",
        type=argument_type(partial(parse_count, what="threads", most=MOST_THREADS)),
        default=THREADS,
        metavar="N",
        help=f"{what}: 1 to {MOST_THREADS} ({THREADS})",
    )


def is_for_a_person(arguments: argparse.Namespace) -> bool:
    """Whether the output is for a person, and not for a script."""
    return not (arguments.json or arguments.quiet)


def add_output(parser: argparse.ArgumentParser, *, quiet: str | None = "ids") -> None:
    """Adds `--json` and `--quiet`; `quiet` says what that prints, and None leaves it away."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--json", action="store_true", help="print one JSON object a line, for scripts"
    )
    if quiet is not None:
        either.add_argument(
            "-q", "--quiet", action="store_true", help=f"print {quiet} alone, and no progress"
        )
