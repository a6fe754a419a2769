"""`larder sync`."""

import argparse
import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from larder.cli.arguments import add_acting, add_service, argument_type, is_for_a_person
from larder.cli.at_once import at_once, jobs_of
from larder.cli.deletion import counted, delete_all, may_delete
from larder.cli.each import Failures
from larder.cli.output import print_json
from larder.cli.questions import must_be_there
from larder.cli.selection import Selection, selected
from larder.cli.sending import Sending, add_sending, patterns_of, purpose_of, total_bytes
from larder.cli.service import service_of
from larder.cli.terminal import complain, say
from larder.errors import EXIT_FAILED, UsageError
from larder.values import parse_duration

if TYPE_CHECKING:
    from larder.api.types import Deleted, File
    from larder.cli.arguments import Commands
    from larder.cli.comparing import Compared

_EPILOG = """\
Uploads the files of a directory that are not there yet, so that running it again uploads nothing. A
file is there when one of the same purpose has its name, its size and its checksum; the service
keeps names without directories. .hidden files are passed over, and links to directories.

Files of that purpose that are not in the directory stay, unless --delete is given: then it names
the first ten, and asks. What was left out by --include, --exclude, for being hidden or behind a
linked directory is not deleted, nor anything when something has failed.

examples:
  larder sync batches/ --include '*.jsonl'
  larder sync batches/ --renew-before 2d --expires-after 14d
  larder sync batches/ --delete --dry-run
"""

_renewal = argument_type(partial(parse_duration, least=60, most=29 * 86400))


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "sync", help="upload what a directory has and the service has not", epilog=_EPILOG
    )
    parser.add_argument("directory", metavar="DIR")
    add_sending(parser)
    parser.add_argument(
        "--renew-before",
        type=_renewal,
        default=0,
        metavar="DURATION",
        help="upload again what expires sooner, such as 2d, 1m to 29d",
    )
    parser.add_argument("--delete", action="store_true", help="delete what DIR does not have")
    parser.add_argument("--yes", action="store_true", help="do not ask before that")
    add_acting(parser)
    add_service(parser, quiet="ids of what was uploaded")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from larder.cli.paths import files_at

    _must_make_sense(arguments)
    jobs, patterns = jobs_of(arguments), patterns_of(arguments)
    paths, wrong = files_at([arguments.directory], patterns)
    failures = Failures()
    for argument, error in wrong:
        failures.report(argument, error)
    if paths:
        try:
            _Sync(arguments, paths, failures).run(jobs)
        except KeyboardInterrupt:
            raise KeyboardInterrupt("interrupted: the same command continues") from None
    return failures.exit_code


def _must_make_sense(arguments: argparse.Namespace) -> None:
    if not os.path.isdir(arguments.directory):  # noqa: PTH112 - pathlib's takes "" for the current
        raise UsageError(f"{arguments.directory or repr('')} is no directory")
    if arguments.delete and arguments.owner is not None:
        raise UsageError("--delete: nobody's files can be deleted for them, so not with --owner")
    if arguments.delete and not arguments.yes and not arguments.dry_run:
        must_be_there()
    life = arguments.expires_after
    if life is not None and arguments.renew_before >= life:
        raise UsageError("--renew-before must be less than --expires-after")


class _Sync:
    """One run."""

    def __init__(
        self, arguments: argparse.Namespace, paths: Sequence[str], failures: Failures
    ) -> None:
        self._arguments = arguments
        self._paths = paths
        self._failures = failures
        self._api = service_of(arguments)
        self._uploaded: dict[str, File] = {}
        self._deleted = 0

    def run(self, jobs: int) -> None:
        """Compares, uploads what is missing, and deletes what is too much if that is wanted."""
        from larder.cli.comparing import compare, extra, lasting

        files = list(selected(self._api, Selection(purpose=purpose_of(self._arguments))))
        files = lasting(files, self._arguments.renew_before)
        found = compare(self._api, self._paths, files, self._failures)
        for path, file in found.there:
            self._tell("there", {**file, "path": path})
        for file in found.unknown.values():
            complain(f"{file['id']} cannot be compared: the service tells no checksum of it")
        if not self._failures.affected_all:
            self._upload(found, jobs)
            self._remove(self._without_kept(extra(files, found)))
        if is_for_a_person(self._arguments):
            self._sum_up(found)

    def _upload(self, found: "Compared", jobs: int) -> None:
        from larder.cli.progress import transfers
        from larder.transfer.pipes import name_of

        arguments, paths = self._arguments, found.missing
        if arguments.dry_run:
            for path in paths:
                self._tell("upload", {"path": path, "filename": name_of(path)})
            return
        sending = Sending(self._api, arguments)

        def report(path: str, file: "File") -> None:
            self._uploaded[path] = file
            self._tell("uploaded", {**file, "path": path})

        total = total_bytes(paths)
        with transfers(wanted=is_for_a_person(arguments), files=len(paths), total=total) as shown:
            at_once(
                paths,
                lambda path: sending.send(path, name_of(path), shown),
                report,
                jobs=jobs,
                stop=sending.stop,
                failures=self._failures,
            )
        for path, other in found.twins:
            if other in self._uploaded:
                self._tell("there", {**self._uploaded[other], "path": path})

    def _remove(self, files: Sequence["File"]) -> None:
        arguments = self._arguments
        if not files:
            return
        if not arguments.delete:
            for file in files:
                self._tell("extra", {**file})
            complain(f"not in {arguments.directory}: {counted(files)}; --delete deletes them")
        elif self._failures.exit_code:
            verb = "would be" if arguments.dry_run else "was"
            complain(f"nothing {verb} deleted, since something failed")
        elif arguments.dry_run:
            for file in files:
                self._tell("delete", {**file})
        elif may_delete(files, yes=arguments.yes):
            delete_all(self._api, files, self._report_deleted, self._failures)
        else:
            self._failures.exit_code = EXIT_FAILED

    def _report_deleted(self, deleted: "Deleted") -> None:
        self._deleted += 1
        self._tell("deleted", {**deleted})

    def _without_kept(self, files: Sequence["File"]) -> list["File"]:
        """Those whose names no file has that was left out, which is not to be deleted.

        What cannot be read may have any: that is a failure, so that nothing is deleted. One that
        was told of before has made it so already.
        """
        from larder.cli.paths import unselected
        from larder.transfer.pipes import name_of

        if not files:
            return []
        paths, wrong = unselected(self._arguments.directory, self._paths)
        if self._arguments.delete and not self._failures.exit_code:
            for error in wrong:
                self._failures.report(self._arguments.directory, error)
        names, patterns = set(map(name_of, paths)), patterns_of(self._arguments)
        return [
            file
            for file in files
            if file["filename"] not in names and patterns.take(file["filename"])
        ]

    def _tell(self, action: str, what: Mapping[str, Any]) -> None:
        if self._arguments.json:
            print_json({"action": action, **what})
        elif self._arguments.quiet:
            if action in {"upload", "uploaded"}:
                say(what.get("id", what["path"]), flush=True)
        elif action not in {"there", "extra"}:
            words = {"upload": "would upload", "delete": "would delete"}.get(action, action)
            name = what.get("path") or what.get("filename", "")
            say(f"{words} {what.get('id', '')} {name}".replace("  ", " ").rstrip(), flush=True)

    def _sum_up(self, found: "Compared") -> None:
        there = len(found.there) + len(found.twins)
        if self._arguments.dry_run:
            complain(f"nothing was done; {there} there already")
        else:
            deleted = f", {self._deleted} deleted" if self._arguments.delete else ""
            say(f"{len(self._uploaded)} uploaded, {there} there already{deleted}")
