"""The command line's grammar: one module a command, each adds its own arguments."""

import argparse
from typing import Any, NoReturn

from larder.cli import (
    admin,
    completion,
    delete,
    download,
    list_files,
    show,
    sync,
    upload,
    uploads,
    usage,
    validate,
)
from larder.cli.arguments import add_group
from larder.cli.terminal import shown
from larder.version import __version__

_EPILOG = """\
examples:
  larder upload batch.jsonl --expires-after 7d
  larder list --purpose batch
  larder download file-01m8cbg00t8t -o results/

Each command has a help of its own, such as `larder upload --help`.

exit codes:
  0  done
  1  failed
  2  wrong argument or setting
  3  the key is missing, refused or may not do this
  4  no such file or upload
  5  too large, or the quota is used up
  6  no answer from the service, after retries, or none of Larder's
  7  content is damaged or changed on the way
  8  a batch is invalid
  130  interrupted

settings:
  OPENAI_BASE_URL  the service's URL, such as https://….execute-api.eu-west-1.amazonaws.com/v1
  OPENAI_API_KEY   your key, sk-larder-…
"""


class _Parser(argparse.ArgumentParser):
    """A parser that leaves descriptions and epilogs as they are written: their examples are lines.

    What is under it is of the same class.
    """

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**settings)

    def error(self, message: str) -> NoReturn:
        super().error(shown(message))


def build_parser() -> argparse.ArgumentParser:
    """The whole grammar; every command sets `run`, called with the parsed arguments."""
    parser = _Parser(
        prog="larder",
        description="Files with an owner, a purpose and a best-before date.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"larder {__version__}")
    commands = add_group(parser, "COMMAND")
    for command in (
        upload,
        sync,
        validate,
        list_files,
        show,
        download,
        delete,
        uploads,
        usage,
        admin,
        completion,
    ):
        command.add_to(commands)
    return parser
