"""Walks over the command line's grammar, for completion and the manual."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A command, or a group of them such as `admin keys`."""

    words: tuple[str, ...]
    """As it is typed after `larder`: empty for `larder` itself, else such as `("keys", "list")`."""
    help: str
    parser: argparse.ArgumentParser

    @property
    def is_group(self) -> bool:
        """Whether there are commands under it."""
        return _under(self.parser) is not None


def commands(
    parser: argparse.ArgumentParser, words: tuple[str, ...] = (), help_line: str = ""
) -> Iterator[Command]:
    """The parser's own command and every one under it, each group before what is in it."""
    yield Command(words, help_line, parser)
    if (under := _under(parser)) is not None:
        for listed in under._choices_actions:  # noqa: SLF001 - nothing public tells the help
            yield from commands(
                under.choices[listed.dest], (*words, listed.dest), listed.help or ""
            )


def arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """What the command itself takes and its help shows, without `--help`."""
    return [
        action
        for action in parser._actions  # noqa: SLF001 - nothing public lists them
        if action.help != argparse.SUPPRESS
        and not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)  # noqa: SLF001
    ]


def _under(
    parser: argparse.ArgumentParser,
) -> "argparse._SubParsersAction[argparse.ArgumentParser] | None":
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return action
    return None
