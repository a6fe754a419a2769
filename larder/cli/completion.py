"""`larder completion`: a script that completes the command line in a shell, also ids of files."""

import argparse
import contextlib
import os
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from larder.api.http import HttpApi
    from larder.cli.arguments import Commands

_EPILOG = """\
It completes commands, options, paths and, where the settings lead to a service, the ids of your
newest files and unfinished uploads.

examples:
  larder completion bash > ~/.local/share/bash-completion/completions/larder
  larder completion zsh > ~/.zfunc/_larder
  larder completion fish > ~/.config/fish/completions/larder.fish
  source <(larder completion bash)
"""

# Short, since the user has pressed a key and waits.
_SECONDS = 1.5
_MOST_IDS = 50

# The shell expands the words that it gets, so an id with special characters is left out.
_ID = re.compile(r"[A-Za-z0-9_-]+")

# The shell functions of the completers below, for ids of files and uploads. Their names must not
# contain `_file`, or shtab makes bash complete filenames. fish needs no functions.
_PREAMBLES = {
    "bash": """\
_larder_ids() { compgen -W "$(larder completion --ids $1 2>/dev/null | cut -f 1)" -- "$2"; }
_larder_newest() { _larder_ids files "$1"; }
_larder_pending() { _larder_ids uploads "$1"; }
""",
    "zsh": """\
_larder_ids() {
  local -a ids
  ids=(${(f)"$(larder completion --ids $1 2>/dev/null | tr '\\t' ':')"})
  _describe -V $1 ids
}
_larder_newest() { _larder_ids files; }
_larder_pending() { _larder_ids uploads; }
""",
    "fish": "",
}

_FILE_IDS = {
    "bash": "_larder_newest",
    "zsh": "_larder_newest",
    "fish": "(larder completion --ids files 2>/dev/null)",
}
_UPLOAD_IDS = {
    "bash": "_larder_pending",
    "zsh": "_larder_pending",
    "fish": "(larder completion --ids uploads 2>/dev/null)",
}


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "completion", help="print what makes a shell complete commands and ids", epilog=_EPILOG
    )
    parser.add_argument("shell", choices=list(_PREAMBLES), help="the shell to print it for")
    parser.add_argument("--ids", action=_PrintIds, choices=list(_LISTS), help=argparse.SUPPRESS)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    import shtab

    from larder.cli.parser import build_parser

    parser = build_parser()
    _add_completers(parser, shtab.FILE, shtab.DIRECTORY)
    # Not by `say`, which would escape its tabs.
    print(shtab.complete(parser, arguments.shell, preamble=_PREAMBLES[arguments.shell]))


def _add_completers(parser: argparse.ArgumentParser, file: Any, directory: Any) -> None:
    """Sets the completers for shtab, by the arguments' metavars."""
    from larder.cli import grammar

    for command in grammar.commands(parser):
        completers = {
            "FILE": file,
            "PATH": file,
            "DIR": directory,
            "ID": _UPLOAD_IDS if command.words[:1] == ("uploads",) else _FILE_IDS,
        }
        for argument in grammar.arguments(command.parser):
            if argument.metavar in completers:
                argument.complete = completers[argument.metavar]  # type: ignore[attr-defined]


class _PrintIds(argparse.Action):
    """Prints ids for a shell, one a line with a tab and the filename, and exits like `--help`.

    It prints no errors, and waits only for a moment.
    """

    def __call__(
        self, parser: argparse.ArgumentParser, _namespace: object, kind: Any, _: object = None
    ) -> None:
        """See argparse.Action."""
        lines: list[str] = []
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
            asking = threading.Thread(target=_collect, args=(kind, lines), daemon=True)
            asking.start()
            asking.join(_SECONDS)
        print("".join(lines), end="")
        parser.exit(0)


def _collect(kind: str, lines: list[str]) -> None:
    from larder.cli.arguments import add_service
    from larder.cli.service import service_of
    from larder.cli.terminal import shown
    from larder.errors import LarderError

    # The settings of a command without options.
    parser = argparse.ArgumentParser()
    add_service(parser)
    with contextlib.suppress(LarderError, OSError):
        for name, filename in _LISTS[kind](service_of(parser.parse_args([]))):
            if _ID.fullmatch(name):
                lines.append(f"{name}\t{shown(filename)}\n")


def _files(api: "HttpApi") -> Iterator[tuple[str, str]]:
    from larder.api.files import list_files

    return ((file["id"], file["filename"]) for file in list_files(api, limit=_MOST_IDS))


def _uploads(api: "HttpApi") -> Iterator[tuple[str, str]]:
    from larder.api.uploads import list_uploads

    return (
        (upload["id"], upload["filename"])
        for upload in list_uploads(api)
        if upload["status"] == "pending"
    )


_LISTS: dict[str, Callable[["HttpApi"], Iterator[tuple[str, str]]]] = {
    "files": _files,
    "uploads": _uploads,
}
