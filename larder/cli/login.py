"""`larder login`: tries a URL and a key, and keeps them as a profile."""

import argparse
import os
import sys
from typing import TYPE_CHECKING

from larder.cli.arguments import add_output, add_profile
from larder.cli.output import print_json
from larder.cli.service import api_at
from larder.cli.terminal import say, shown
from larder.errors import UsageError

if TYPE_CHECKING:
    from larder.cli.arguments import Commands
    from larder.cli.profile_file import Kept

_DEFAULT = "default"
_MOST_BYTES = 4096

_DESCRIPTION = """\
Asks for the service's URL and your key, tries them, and keeps them as a profile, in use from now
on. The key is kept in the system's keyring where there is one, else in a file that only you can
read.
"""
_EPILOG = """\
examples:
  larder login
  larder login --profile staging --base-url https://files.example.com/v1
  printenv STAGING_KEY | larder login --key-stdin --base-url https://files.example.com/v1
"""


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "login",
        help="try a URL and a key, and keep them for the commands to come",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument("--base-url", metavar="URL", help="the service's URL, instead of asking")
    add_profile(parser, f"the profile's name (env LARDER_PROFILE, else the one in use, {_DEFAULT})")
    parser.add_argument(
        "--key-stdin", action="store_true", help="read the key from standard input, for scripts"
    )
    parser.add_argument(
        "--no-keyring", action="store_true", help="keep the key in the file of profiles"
    )
    add_output(parser, quiet=None)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> None:
    from larder.api.files import get_usage
    from larder.api.resolve import Settings
    from larder.cli.profile_store import ProfileStore, name_given, refuse_another_url
    from larder.cli.profiles import place_of, warn_of_the_environment
    from larder.cli.usage import held
    from larder.cli.whoami import as_json

    if not arguments.key_stdin and not _is_somebody_there():
        raise UsageError("nobody is there to ask for the key: pipe it in, with --key-stdin")
    store = ProfileStore()
    kept_in = store.file.path
    profiles = store.file.read()
    name = name_given(arguments.profile)[0] or profiles.in_use or _DEFAULT
    before = profiles.by_name.get(name)
    base_url = _base_url(arguments, before)
    refuse_another_url(name, before, base_url)
    source = f"profile {name}"
    settings = Settings(base_url, _key(arguments), source, source, name)
    usage = get_usage(api_at(settings))
    kept = store.keep(name, base_url, settings.api_key, in_keyring=not arguments.no_keyring)
    if arguments.json:
        print_json({**as_json(settings, usage), "key_in": place_of(kept)})
    else:
        say(f"Logged in to {base_url} as {held(usage)}.")
        place = "the keyring" if kept.api_key is None else str(kept_in)
        say(f"Profile {name} is in use; its key {kept.hint} is in {place}.")
    warn_of_the_environment(store, name)


def _is_somebody_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _base_url(arguments: argparse.Namespace, before: "Kept | None") -> str:
    """The URL of the option, or else the user's answer to a question with a default.

    The default is the profile's URL, else the environment's.
    """
    from larder.api.settings import larders_url
    from larder.api.variables import read_environment

    if arguments.base_url is not None:
        return larders_url(arguments.base_url, "--base-url")
    environment = read_environment(os.environ)
    if before is not None:
        known = before.base_url
    elif environment.url is not None:
        known = larders_url(environment.url.text, environment.url.source)
    else:
        known = ""
    if arguments.key_stdin:
        if not known:
            raise UsageError("--key-stdin needs --base-url: the service's URL")
        return larders_url(known, "the profile")
    hint = f" [{known}]" if known else ", such as https://host/v1"
    return larders_url(_answer(f"Larder's URL{hint}: ") or known, "your answer")


def _answer(question: str) -> str:
    print(shown(question), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _key(arguments: argparse.Namespace) -> str:
    from larder.api.settings import larders_key

    if arguments.key_stdin:
        key, what = _piped_key(), "what --key-stdin read"
    else:
        key, what = _hidden_key(), "what you typed"
    if not key.strip():
        raise UsageError("no key was given; who operates the service makes you one, sk-larder-…")
    return larders_key(key, what)


def _piped_key() -> str:
    if sys.stdin is None:
        raise UsageError("--key-stdin: standard input is closed")
    if sys.stdin.isatty():  # a terminal would show the key while it is typed
        raise UsageError("--key-stdin wants the key from a pipe or a file")
    return sys.stdin.buffer.read(_MOST_BYTES).decode("ascii", errors="replace")


def _hidden_key() -> str:
    import warnings
    from getpass import GetPassWarning, getpass

    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass("API key, which is not shown: ")
        except EOFError:
            return ""
        except GetPassWarning:
            raise UsageError(
                "this terminal would show the key: pipe it in, with --key-stdin"
            ) from None
