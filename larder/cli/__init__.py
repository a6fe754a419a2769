"""The `larder` command."""

import sys
from collections.abc import Sequence

from larder.errors import EXIT_INTERRUPTED, LarderError


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
    except KeyboardInterrupt:
        print("larder: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        sys.stderr.close()
        return 0
    return exit_code
