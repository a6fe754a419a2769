"""`larder logout`: removes a profile and its key."""

import argparse
from typing import TYPE_CHECKING

from larder.cli.arguments import add_profile
from larder.cli.terminal import say
from larder.errors import UsageError

if TYPE_CHECKING:
    from larder.cli.arguments import Commands

_EPILOG = """\
examples:
  larder logout
  larder logout --profile staging
"""


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "logout",
        help="remove a profile and its key from this machine",
        description="Removes a profile and its key from this machine. The key itself stays good.",
        epilog=_EPILOG,
    )
    add_profile(parser, "which (env LARDER_PROFILE, else the one in use)")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    from larder.cli.profile_store import ProfileStore, name_given

    store = ProfileStore()
    name, source = name_given(arguments.profile)
    if name is None:
        name = store.file.read().in_use
    if name is None:
        names = ", ".join(store.names())
        there = f"give --profile NAME; there are: {names}" if names else "there is none"
        raise UsageError(f"no profile is in use: {there}")
    kept = store.remove(name, source)
    say(f"Removed profile {name} and its key for {kept.base_url}.")
    profiles = store.file.read()
    if profiles.by_name and profiles.in_use is None:
        names = ", ".join(sorted(profiles.by_name))
        say(f"No profile is in use now; `larder profiles use NAME` chooses one of: {names}")
