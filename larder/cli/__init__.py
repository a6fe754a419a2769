"""The `larder` command."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from larder.cli.terminal import complain, print_what_can_be
from larder.errors import EXIT_FAILED, EXIT_INTERRUPTED, LarderError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code; the console script's entry point."""
    if sys.stderr is None:  # the starter has closed it, as with 2>&-
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
    if sys.stdout is None:
        complain("standard output is closed")
        return EXIT_FAILED
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except LarderError as error:
        complain(str(error))
        return error.exit_code
    except KeyboardInterrupt as interrupt:
        complain(str(interrupt) or "interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has closed it
        # Otherwise the interpreter would report an error when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        complain(f"{error.filename or 'I/O'}: {error.strerror or error}")
        return EXIT_FAILED


def _run(argv: Sequence[str]) -> int:
    from larder.cli.parser import build_parser

    print_what_can_be()
    arguments = build_parser(argv).parse_args(argv)
    exit_code: int = arguments.run(arguments) or 0
    sys.stdout.flush()
    return exit_code
