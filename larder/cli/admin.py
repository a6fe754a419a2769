"""`larder admin`: the operator's commands, with AWS credentials instead of an API key."""

import argparse
import os
from typing import TYPE_CHECKING

from larder.cli import check, restore, verify
from larder.cli.arguments import (
    add_group,
    add_output,
    add_owner,
    argument_type,
    lifetime,
    size,
    text,
)
from larder.cli.output import Column, print_each, print_json
from larder.cli.terminal import say
from larder.values import format_exactly, format_size

if TYPE_CHECKING:
    from larder.admin.deployment import Deployment
    from larder.cli.arguments import Commands

_CREATE_EPILOG = """\
examples:
  larder admin keys create --owner alice
  larder admin --stage prod keys create --owner alice --quota 10GiB --expires-after 90d
  larder admin --stage prod keys create --owner batch-system --scope service --name vllm
"""

_LIST_EPILOG = """\
examples:
  larder admin keys list
  larder admin --stage prod keys list --owner alice --json
"""

_REVOKE_EPILOG = """\
examples:
  larder admin --stage prod keys revoke 3f1c2a9b7d40e856
"""

_QUOTA_EPILOG = """\
examples:
  larder admin --stage prod quota --owner alice
  larder admin --stage prod quota --owner alice --set 20GiB
  larder admin --stage prod quota --owner alice --set default
"""

_KEY_COLUMNS = (
    Column("ID", "id", "id"),
    Column("OWNER", "name", "owner"),
    Column("KEY", "start", "hint"),
    Column("NAME", "name", "name"),
    Column("SCOPES", "word", "scopes"),
    Column("CREATED", "time", "created_at"),
    Column("EXPIRES", "expiry", "expires_at"),
)


def add_to(commands: "Commands") -> None:
    """Adds `admin` and what is under it."""
    parser = commands.add_parser(
        "admin", help="operate a deployment: keys and quotas (needs AWS credentials)"
    )
    parser.set_defaults(
        stage=os.environ.get("LARDER_STAGE", "dev").strip(),
        deployment=os.environ.get("LARDER_DEPLOYMENT", "larder").strip(),
    )
    _add_deployment_options(parser)
    verbs = add_group(parser)
    keys = add_group(verbs.add_parser("keys", help="make, list and revoke API keys"))
    _add_create_key(keys)
    _add_list_keys(keys)
    _add_revoke_key(keys)
    _add_quota(verbs)
    _add_check(verbs)
    _add_restore(verbs)
    _add_verify(verbs)


def _add_deployment_options(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS, so that the option may be before or after the verb.
    parser.add_argument(
        "--stage", default=argparse.SUPPRESS, help="the deployed stage (env LARDER_STAGE, else dev)"
    )
    parser.add_argument(
        "--deployment",
        default=argparse.SUPPRESS,
        help="the deployment's name (env LARDER_DEPLOYMENT, else larder)",
    )


def _add_create_key(keys: "Commands") -> None:
    parser = keys.add_parser("create", help="make a key and show it, once", epilog=_CREATE_EPILOG)
    add_owner(parser, "whose files the key reaches", required=True)
    parser.add_argument("--name", type=text, default="", help="a note on what the key is for")
    parser.add_argument(
        "--quota",
        type=size,
        metavar="SIZE",
        help="also set the owner's quota, such as 10GiB, or 10GB",
    )
    parser.add_argument(
        "--scope",
        action="append",
        default=[],
        choices=["service"],
        help="service: may act for users with Larder-Owner",
    )
    parser.add_argument(
        "--expires-after", type=lifetime, metavar="DURATION", help="such as 90d; else until revoked"
    )
    _finish(parser, _create_key, quiet="the key")


def _add_list_keys(keys: "Commands") -> None:
    parser = keys.add_parser("list", help="list keys, without their secrets", epilog=_LIST_EPILOG)
    add_owner(parser, "only this owner's")
    _finish(parser, _list_keys, quiet="ids")


def _add_revoke_key(keys: "Commands") -> None:
    parser = keys.add_parser("revoke", help="make a key worthless", epilog=_REVOKE_EPILOG)
    parser.add_argument("key", metavar="KEY", help="its id as `list` shows it, or the key itself")
    _finish(parser, _revoke_key, quiet="its id")


def _add_quota(verbs: "Commands") -> None:
    parser = verbs.add_parser("quota", help="show or set an owner's quota", epilog=_QUOTA_EPILOG)
    add_owner(parser, "whose quota", required=True)
    parser.add_argument(
        "--set",
        type=argument_type(_quota),
        metavar="SIZE",
        help="such as 10GiB or 10GB, or default for the stage's own",
    )
    _finish(parser, _quota_of_owner)


def _add_check(verbs: "Commands") -> None:
    parser = verbs.add_parser("check", help="hold the catalog against the bucket, and mend it")
    check.add_arguments(parser)
    _finish(parser, check.check)


def _add_restore(verbs: "Commands") -> None:
    parser = verbs.add_parser("restore", help="put back what the catalog lacks of a backup")
    restore.add_arguments(parser)
    _finish(parser, restore.restore)


def _add_verify(verbs: "Commands") -> None:
    parser = verbs.add_parser("verify", help="hold a deployment against what Larder promises")
    verify.add_arguments(parser)
    _finish(parser, verify.verify)


def _finish(parser: argparse.ArgumentParser, run: object, *, quiet: str | None = None) -> None:
    add_output(parser, quiet=quiet)
    _add_deployment_options(parser)
    parser.set_defaults(run=run)


def _quota(text: str) -> int | str:
    return text if text == "default" else size(text)


def _deployment(arguments: argparse.Namespace) -> "Deployment":
    from larder.admin.deployment import find_deployment

    return find_deployment(arguments.deployment, arguments.stage)


def _create_key(arguments: argparse.Namespace) -> None:
    from larder.admin.keys import KeyTable
    from larder.admin.quota import QuotaTable

    deployment = _deployment(arguments)
    if arguments.quota is not None:
        QuotaTable(deployment).set(arguments.owner, arguments.quota)
    key, secret = KeyTable(deployment).create(
        owner=arguments.owner,
        name=arguments.name,
        scopes=tuple(dict.fromkeys(arguments.scope)),
        expires_in=arguments.expires_after,
    )
    if arguments.json:
        print_json({**key.as_json(), "key": secret})
    elif arguments.quiet:
        say(secret)
    else:
        say(secret)
        say()
        say(f"The key of {key.owner}, shown this once. To revoke it, use its id {key.id}.")
        if arguments.quota is not None:
            say(f"The quota of {key.owner} is {format_exactly(arguments.quota)} now.")


def _list_keys(arguments: argparse.Namespace) -> None:
    from larder.admin.keys import KeyTable

    keys = KeyTable(_deployment(arguments)).list(arguments.owner)
    print_each([key.as_json() for key in keys], _KEY_COLUMNS, arguments)


def _revoke_key(arguments: argparse.Namespace) -> None:
    from larder.admin.keys import KeyTable

    table = KeyTable(_deployment(arguments))
    key = table.find(arguments.key)
    table.delete(key)
    if arguments.json:
        print_json({**key.as_json(), "revoked": True})
    elif arguments.quiet:
        say(key.id)
    else:
        say(f"Revoked {key.id} of {key.owner}. API Gateway may let it in for a minute yet.")


def _quota_of_owner(arguments: argparse.Namespace) -> None:
    from dataclasses import asdict

    from larder.admin.quota import QuotaTable

    table = QuotaTable(_deployment(arguments))
    if arguments.set is not None:
        table.set(arguments.owner, None if arguments.set == "default" else arguments.set)
    usage = table.get(arguments.owner)
    if arguments.json:
        print_json(asdict(usage))
        return
    quota = "the stage's default" if usage.quota_bytes is None else _quota_said(usage.quota_bytes)
    say(
        f"{usage.owner}: {_size(usage.bytes)} in {usage.files} files, "
        f"{_size(usage.reserved_bytes)} reserved; quota: {quota}"
    )


def _size(value: int | str) -> str:
    return value if isinstance(value, str) else format_size(value)


def _quota_said(value: int | str) -> str:
    return value if isinstance(value, str) else format_exactly(value)
