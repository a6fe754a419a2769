"""Writes larder(1) from the command line's own grammar; `make man` runs it.

The page holds what each `--help` does, so that nothing is written twice. It is our own since what
argparse-manpage 4.8 writes lacks the epilogs of subcommands, where the examples are, and differs
from one version of Python to the next.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from larder.cli.grammar import Command, arguments, commands
from larder.cli.parser import build_parser
from larder.version import __version__

PAGE = Path(__file__).parent / "data/share/man/man1/larder.1"

# What the help's headings are called in manual pages: man-pages(7).
_SECTIONS = {"exit codes": "EXIT STATUS", "settings": "ENVIRONMENT"}

_OPTIONS = r"[\fIOPTION\fP]..."


def man_page(parser: argparse.ArgumentParser) -> str:
    """The page for a grammar, in the man macros of roff and in ASCII."""
    whole, *others = commands(parser)
    lines = [
        f'.TH LARDER 1 "" "larder {__version__}" "Larder"',
        ".SH NAME",
        f"larder {_escaped('-')} {_text(_summary(whole))}",
        ".SH SYNOPSIS",
        f"{_bold('larder')} {_italic('COMMAND')} {_OPTIONS}",
        ".SH DESCRIPTION",
        *_paragraphs(whole.parser.description or ""),
        *_paragraphs(whole.parser.epilog or ""),
        ".SH COMMANDS",
    ]
    for command in others:
        if not command.is_group:
            lines += _command(command)
    lines += [".SH OPTIONS", *_arguments(whole)]
    for heading, block in _blocks(whole.parser.epilog or ""):
        if heading is not None:
            lines += [f".SH {_SECTIONS.get(heading, heading.upper())}", *_verbatim(block)]
    return "\n".join(lines) + "\n"


def _summary(whole: Command) -> str:
    description = (whole.parser.description or "").rstrip(".")
    return description[:1].lower() + description[1:]


def _command(command: Command) -> Iterator[str]:
    """A command: its usage, what its help says in a line, what it takes, and its epilog."""
    words = " ".join(("larder", *command.words))
    operands = (
        _operand(argument) for argument in arguments(command.parser) if not argument.option_strings
    )
    yield f".SS {' '.join((_bold(words), _OPTIONS, *operands))}"
    yield f"{_text(command.help[:1].upper() + command.help[1:])}."
    yield from _paragraphs(command.parser.description or "")
    yield from _arguments(command)
    yield from _paragraphs(command.parser.epilog or "")
    for heading, block in _blocks(command.parser.epilog or ""):
        if heading is not None:
            yield from (".PP", f"{heading.capitalize()}:", ".RS 4", *_verbatim(block), ".RE")


def _arguments(command: Command) -> Iterator[str]:
    for argument in arguments(command.parser):
        if argument.option_strings or argument.help:
            yield from (".TP", _header(argument))
            yield _text((argument.help or "") % {**vars(argument), "prog": command.parser.prog})


def _header(argument: argparse.Action) -> str:
    """An option in all its spellings with what it takes, or the name of an operand."""
    if not argument.option_strings:
        return _operand(argument)
    value = "" if argument.nargs == 0 else f" {_italic(_name(argument))}"
    return ", ".join(f"{_bold(option)}{value}" for option in argument.option_strings)


def _operand(argument: argparse.Action) -> str:
    name = _italic(_name(argument))
    return {"+": f"{name}...", "*": f"[{name}...]", "?": f"[{name}]"}.get(str(argument.nargs), name)


def _name(argument: argparse.Action) -> str:
    if argument.metavar is not None:
        return str(argument.metavar)
    if argument.choices is not None:
        return "|".join(map(str, argument.choices))
    return argument.dest.upper()


def _blocks(text: str) -> Iterator[tuple[str | None, str]]:
    """The text's paragraphs; one that begins as `examples:` does is told with that heading."""
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        if found := re.fullmatch(r"(\w[\w ]*):\n((?:  .*\n?)+)", paragraph):
            yield found[1], found[2]
        elif paragraph:
            yield None, paragraph


def _paragraphs(text: str) -> Iterator[str]:
    """What of the text is under no heading."""
    for heading, block in _blocks(text):
        if heading is None:
            yield from (".PP", _text(block))


def _verbatim(block: str) -> list[str]:
    return [".EX", *(_escaped(line[2:]) for line in block.rstrip("\n").splitlines()), ".EE"]


def _text(text: str) -> str:
    """Prose: filled by roff, with what stands between backticks in bold."""
    parts = re.split(r"`([^`]+)`", " ".join(text.split()))
    return _guarded(
        "".join(_bold(part) if odd % 2 else _inline(part) for odd, part in enumerate(parts))
    )


def _bold(text: str) -> str:
    return rf"\fB{_inline(text)}\fP"


def _italic(text: str) -> str:
    return rf"\fI{_inline(text)}\fP"


def _escaped(line: str) -> str:
    return _guarded(_inline(line))


def _inline(text: str) -> str:
    """The text without what roff obeys, and a hyphen as the minus that shells know."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in text)


def _guarded(line: str) -> str:
    """A line that begins as a request of roff's does is none."""
    return f"\\&{line}" if line.startswith((".", "'")) else line


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(man_page(build_parser()), encoding="ascii")
