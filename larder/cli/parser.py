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

# In the order of the help, each with its module.
_COMMANDS = {
    "upload": "larder.cli.upload",
    "sync": "larder.cli.sync",
    "validate": "larder.cli.validate",
    "list": "larder.cli.list_files",
    "show": "larder.cli.show",
    "download": "larder.cli.download",
    "delete": "larder.cli.delete",
    "uploads": "larder.cli.uploads",
    "usage": "larder.cli.usage",
    "login": "larder.cli.login",
    "logout": "larder.cli.logout",
    "profiles": "larder.cli.profiles",
    "whoami": "larder.cli.whoami",
    "admin": "larder.cli.admin",
    "completion": "larder.cli.completion",
}


class _Parser(argparse.ArgumentParser):
    """A parser that leaves descriptions and epilogs as they are written: their examples are lines.

    What is under it is of the same class.
    """

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**settings)

    def error(self, message: str) -> NoReturn:
        super().error(shown(message))


def build_parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The grammar; every command sets `run`, called with the parsed arguments.

    Of a command line that begins with a command, only that one is loaded.
    """
    parser = _Parser(
        prog="larder",
        description="Files with an owner, a purpose and a best-before date.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"larder {__version__}")
    commands = add_group(parser, "COMMAND")
    named = [command for command in argv[:1] if command in _COMMANDS]
    for command in named or _COMMANDS:
        import_module(_COMMANDS[command]).add_to(commands)
    return parser
