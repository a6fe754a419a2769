"""Shortens names in their middle so that they fit."""

from rich.cells import cell_len, split_graphemes

_GAP = "…"


def shorten(text: str, width: int) -> str:
    """The text in at most so many cells of a terminal, its middle cut out if need be."""
    if cell_len(text) <= width:
        return text
    if width < 3:
        return _GAP[:width]
    pieces = [text[start:end] for start, end, _ in split_graphemes(text)[0]]
    tail = _as_many(pieces[::-1], (width - 1) // 2)[::-1]
    head = _as_many(pieces, width - 1 - sum(map(cell_len, tail)))
    return "".join([*head, _GAP, *tail])


def _as_many(pieces: list[str], width: int) -> list[str]:
    taken: list[str] = []
    for piece in pieces:
        width -= cell_len(piece)
        if width < 0:
            break
        taken.append(piece)
    return taken
