"""The command line's grammar: one module a command, each adds its own arguments."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from larder.cli.arguments import add_group
from larder.cli.terminal import shown
from larder.version import __version__

_EPILOG = """\
Each command has a help of its own, such as `larder upload --help`.

examples:
  larder upload batch.jsonl --expires-after 7d
  larder list --purpose batch
  larder download file-01m8cbg00t8t -o results/

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
  --base-url URL, --profile NAME     behind a command; of these, the first that is there counts
  LARDER_PROFILE                     the name of a profile
  LARDER_BASE_URL, LARDER_API_KEY    the service's URL, such as https://host/v1, and your key
  OPENAI_BASE_URL, OPENAI_API_KEY    the same, as the SDKs have them; passed over if OpenAI's own
  the profile in use                 what `larder login` keeps, and `larder profiles` lists
  A profile's key goes to its own URL alone. `larder whoami` shows what is used, and why.
"""

# The commands in the order of the help, with their help. `larder --help` loads no module, so a test
# checks that each module's own help is the same.
_COMMANDS = {
    "upload": "upload files and directories",
    "sync": "upload what a directory has and the service has not",
    "validate": "say what is wrong with batches, line by line",
    "list": "list your files, newest first",
    "show": "show files by their ids",
    "download": "download files",
    "delete": "delete files, for good",
    "uploads": "list unfinished uploads, and give back what they reserve",
    "usage": "show what you hold and may hold",
    "login": "try a URL and a key, and keep them for the commands to come",
    "logout": "remove a profile and its key from this machine",
    "profiles": "list what you are logged in to, or choose what is in use",
    "whoami": "show which owner, URL and key your commands use, and why",
    "admin": "operate a deployment: keys and quotas (needs AWS credentials)",
    "completion": "print what makes a shell complete commands and ids",
}


class _Parser(argparse.ArgumentParser):
    """A parser that keeps the line breaks of descriptions and epilogs, for their examples.

    Its subparsers are of the same class.
    """

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**settings)

    def error(self, message: str) -> NoReturn:
        super().error(shown(message))


def build_parser(argv: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The grammar; every command sets `run`, called with the parsed arguments.

    Only the module of the command in `argv` is loaded, and none for `larder --help`.
    """
    parser = _Parser(
        prog="larder",
        description="Files with an owner, a purpose and a best-before date.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"larder {__version__}")
    commands = add_group(parser, "COMMAND")
    if argv is not None and argv[:1] in ([], ["-h"], ["--help"], ["--version"]):
        for command, what in _COMMANDS.items():
            commands.add_parser(command, help=what)
        return parser
    named = [command for command in (argv or ())[:1] if command in _COMMANDS]
    for command in named or _COMMANDS:
        name = "list_files" if command == "list" else command  # `list` is Python's own
        import_module(f"larder.cli.{name}").add_to(commands)
    return parser
