"""`larder whoami`: whose key a command would use, where to, and why."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_service
from larder.cli.output import print_json
from larder.cli.service import api_at, settings_of
from larder.cli.terminal import say
from larder.cli.usage import held

if TYPE_CHECKING:
    from larder.api.resolve import Settings
    from larder.api.types import Usage
    from larder.cli.arguments import Commands

_EPILOG = """\
examples:
  larder whoami
  larder whoami --profile staging --json
"""


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "whoami",
        help="show which owner, URL and key your commands use, and why",
        epilog=_EPILOG,
    )
    add_service(parser, quiet=None)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    from larder.api.files import get_usage
    from larder.api.settings import hint_of

    settings = settings_of(arguments)
    usage = get_usage(api_at(settings))
    if arguments.json:
        print_json(as_json(settings, usage))
        return
    say(held(usage))
    say(f"URL  {settings.base_url} ({settings.base_url_from})")
    say(f"key  {hint_of(settings.api_key)} ({settings.key_from})")


def as_json(settings: "Settings", usage: "Usage") -> dict[str, object]:
    """The result for scripts, with only a hint of the key."""
    from larder.api.settings import hint_of

    return {
        "owner": usage["owner"],
        "base_url": settings.base_url,
        "base_url_from": settings.base_url_from,
        "key_hint": hint_of(settings.api_key),
        "key_from": settings.key_from,
        "profile": settings.profile,
        "usage": usage,
    }
