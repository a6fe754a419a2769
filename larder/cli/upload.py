"""`larder upload`."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from larder.cli.arguments import add_acting, add_service, is_for_a_person, text
from larder.cli.output import print_json
from larder.cli.sending import Sending, add_sending, patterns_of, purpose_of, total_bytes
from larder.cli.service import service_of
from larder.cli.terminal import complain, say
from larder.values import format_size

if TYPE_CHECKING:
    from larder.api.types import File
    from larder.cli.arguments import Commands
    from larder.cli.each import Failures

_EPILOG = """\
A directory is all files in it and below, but for .hidden ones; the service keeps names without
directories. A link to a file is that file, one to a directory in a directory is passed over. A
pattern that the shell has left as it is, such as 'data/*.jsonl' on Windows, is what it matches.

Large files go in parts, in parallel. After an interruption the same command continues; what came
through a pipe is copied to disk first, and begun anew. What has been uploaded whole is uploaded
again: `larder sync` leaves it out. Prints each file's id, in the order of the files.

With purpose batch a file is validated first, as `larder validate` does, and not uploaded if it has
faults.

examples:
  larder upload batch.jsonl
  larder upload data/ --include '*.jsonl' --exclude old/ --jobs 8
  larder upload results.jsonl --expires-after 7d --json
  gzip -dc batch.jsonl.gz | larder upload - --filename batch.jsonl
"""


def add_to(commands: "Commands") -> None:
    """Adds the command."""
    parser = commands.add_parser("upload", help="upload files and directories", epilog=_EPILOG)
    parser.add_argument(
        "files", metavar="PATH", nargs="+", help="a file, a directory, or - for standard input"
    )
    parser.add_argument("--filename", type=text, metavar="NAME", help="instead of the file's own")
    add_sending(parser)
    add_acting(parser)
    add_service(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from larder.cli.at_once import jobs_of
    from larder.cli.each import Failures, for_each
    from larder.cli.paths import files_at
    from larder.errors import UsageError

    jobs = jobs_of(arguments)
    paths, wrong = files_at(arguments.files, patterns_of(arguments))
    if arguments.filename is not None and max(len(paths), len(arguments.files)) > 1:
        named = max(len(paths), len(arguments.files))
        raise UsageError(f"--filename names one file, not {named}")
    failures = Failures()
    for argument, error in wrong:
        failures.report(argument, error)
    if arguments.dry_run:
        for_each(paths, lambda path: _say_what_would_be(path, arguments), failures)
        complain("nothing was uploaded")
    elif paths:
        _upload(paths, jobs, arguments, failures)
    return failures.exit_code


def _upload(
    paths: Sequence[str], jobs: int, arguments: argparse.Namespace, failures: "Failures"
) -> None:
    from larder.cli.at_once import at_once
    from larder.cli.paths import STANDARD_INPUT
    from larder.cli.progress import transfers

    sending = Sending(service_of(arguments), arguments)
    uploaded = []

    def report(path: str, file: "File") -> None:
        uploaded.append(path)
        if arguments.json:
            print_json({**file, "path": path})
        else:
            say(file["id"], flush=True)

    wanted = is_for_a_person(arguments)
    with transfers(wanted=wanted, files=len(paths), total=total_bytes(paths)) as shown:
        try:
            at_once(
                paths,
                lambda path: sending.send(path, _name(path, arguments), shown),
                report,
                # Nothing but this thread may wait for standard input, else Ctrl-C has to wait too.
                jobs=1 if STANDARD_INPUT in paths else jobs,
                stop=sending.stop,
                failures=failures,
            )
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_interrupted(paths, len(uploaded))) from None


def _say_what_would_be(path: str, arguments: argparse.Namespace) -> None:
    """Says so; what comes through a pipe is not read, and so has no size."""
    from larder.transfer.pipes import is_pipe
    from larder.transfer.sources import FileSource

    size = None if is_pipe(path) else FileSource(Path(path)).size
    name = _name(path, arguments)
    if arguments.json:
        purpose = purpose_of(arguments)
        print_json({"path": path, "filename": name, "bytes": size, "purpose": purpose})
    elif arguments.quiet:
        say(path)
    else:
        say(f"would upload {path}" if size is None else f"would upload {path}  {format_size(size)}")


def _name(path: str, arguments: argparse.Namespace) -> str:
    from larder.transfer.pipes import name_of

    given: str | None = arguments.filename
    return name_of(path) if given is None else given


def _interrupted(paths: Sequence[str], uploaded: int) -> str:
    from larder.transfer.pipes import is_pipe

    if uploaded:
        message = f"interrupted: {uploaded} of {len(paths)} were uploaded, and would be again"
        return f"{message}; the same command continues the others"
    is_kept = not all(is_pipe(path) for path in paths)
    return "interrupted: the same command continues the upload" if is_kept else ""
