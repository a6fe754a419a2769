"""`larder profiles`: what `larder login` has kept."""

import argparse
import os
from typing import TYPE_CHECKING

from larder.cli.arguments import add_output, argument_type
from larder.cli.output import Column, print_json, print_table
from larder.cli.terminal import complain, say
from larder.errors import UsageError
from larder.values import profile_name

if TYPE_CHECKING:
    from larder.cli.arguments import Commands
    from larder.cli.profile_file import Kept
    from larder.cli.profile_store import ProfileStore

_EPILOG = """\
`larder profiles` alone lists them.
"""
_LIST_EPILOG = """\
examples:
  larder profiles list
  larder profiles list --json
"""
_USE_EPILOG = """\
examples:
  larder profiles use staging
"""

_COLUMNS = (
    Column("NAME", "id", "name"),
    Column("IN USE", "word", "in_use"),
    Column("URL", "name", "base_url"),
    Column("KEY", "word", "key_hint"),
    Column("KEPT IN", "word", "key_in"),
)


def add_to(commands: "Commands") -> None:
    """Adds `profiles` and what is under it."""
    parser = commands.add_parser(
        "profiles", help="list what you are logged in to, or choose what is in use", epilog=_EPILOG
    )
    verbs = parser.add_subparsers(metavar="VERB")
    # SUPPRESS, so that an option may be before or after the verb.
    lists = verbs.add_parser(
        "list", help="list the profiles", epilog=_LIST_EPILOG, argument_default=argparse.SUPPRESS
    )
    for either in (parser, lists):
        add_output(either, quiet="names")
        either.set_defaults(run=_list)
    uses = verbs.add_parser(
        "use", help="have commands use a profile from now on", epilog=_USE_EPILOG
    )
    uses.add_argument("name", metavar="NAME", type=argument_type(profile_name))
    uses.set_defaults(run=_use)


def _list(arguments: argparse.Namespace) -> None:
    from larder.cli.profile_store import ProfileStore

    profiles = ProfileStore().file.read()
    in_use = os.environ.get("LARDER_PROFILE", "").strip() or profiles.in_use
    listed = [
        as_json(name, kept, is_in_use=name == in_use)
        for name, kept in sorted(profiles.by_name.items())
    ]
    if arguments.json:
        for profile in listed:
            print_json(profile)
    elif arguments.quiet:
        for profile in listed:
            say(str(profile["name"]))
    elif listed:
        rows = [{**profile, "in_use": "yes" if profile["in_use"] else ""} for profile in listed]
        print_table(_COLUMNS, [[row[column.key] for column in _COLUMNS] for row in rows])
    else:
        complain("there are no profiles yet: run `larder login`")


def _use(arguments: argparse.Namespace) -> None:
    from larder.cli.profile_store import ProfileStore

    store = ProfileStore()
    store.use(arguments.name)
    say(f"Profile {arguments.name} is in use.")
    warn_of_the_environment(store, arguments.name)


def as_json(name: str, kept: "Kept", *, is_in_use: bool) -> dict[str, object]:
    """A profile for scripts, with only a hint of its key."""
    return {
        "name": name,
        "base_url": kept.base_url,
        "key_hint": kept.hint,
        "key_in": place_of(kept),
        "in_use": is_in_use,
    }


def place_of(kept: "Kept") -> str:
    """Where the key is: `keyring` or `file`."""
    return "keyring" if kept.api_key is None else "file"


def warn_of_the_environment(store: "ProfileStore", name: str) -> None:
    """Prints a warning when this shell's environment overrides the profile in use."""
    from larder.api.resolve import resolve

    try:
        settings = resolve(os.environ, store)
    except UsageError as error:
        complain(f"profile {name} is in use, but not in this shell: {error}")
        return
    if settings.profile != name:
        complain(f"{settings.key_from} is set in this shell, and goes before profile {name}")
