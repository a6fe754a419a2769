"""The `larder` command."""

import os
import sys
from collections.abc import Sequence

from larder.errors import EXIT_FAILED, EXIT_INTERRUPTED, LarderError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code; the console script's entry point."""
    from larder.cli.parser import build_parser

    arguments = build_parser().parse_args(argv)
    try:
        exit_code: int = arguments.run(arguments) or 0
        sys.stdout.flush()
    except LarderError as error:
        print(f"larder: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt as interrupt:
        print(f"larder: {str(interrupt) or 'interrupted'}", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        # Else the interpreter complains when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"larder: {error.filename or 'I/O'}: {error.strerror or error}", file=sys.stderr)
        return EXIT_FAILED
    return exit_code
