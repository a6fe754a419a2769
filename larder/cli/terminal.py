"""What people read, on standard output and standard error: the one place where text leaves.

Names and messages are others', and a terminal obeys some of their characters: these are shown as
escapes, and so is what the terminal's encoding does not have.
"""

import io
import re
import sys

# C0 with the line ends, DEL and C1; marks, embeddings and isolates that turn the direction of what
# follows; other line ends; and lone surrogates, which are no text.
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def shown(text: str) -> str:
    r"""The text as one line that says what is in it: `\x1b` for the escape character."""
    return _OBEYED.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def say(text: str = "", *, flush: bool = False) -> None:
    """Prints a line on standard output."""
    print(shown(text), flush=flush)


def complain(text: str) -> None:
    """Prints a line on standard error, in the command's name, in the place of a progress bar."""
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    print(f"{clear}larder: {shown(text)}", file=sys.stderr)


def print_what_can_be() -> None:
    """Has standard output escape what its encoding lacks, as standard error does by itself."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
