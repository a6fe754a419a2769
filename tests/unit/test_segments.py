"""Parts of any size are cut anew into pieces of one size, and not a byte is lost or doubled."""

from hypothesis import given
from hypothesis import strategies as st

from lambdas.core.segments import Segment, segments

sizes = st.lists(st.integers(0, 40), max_size=12)
pieces = st.integers(1, 25)


def cut(part_sizes: list[int], size: int) -> list[list[Segment]]:
    named = [(f"part_{number}", part) for number, part in enumerate(part_sizes)]
    return list(segments(named, size))


@given(sizes, pieces)
def test_the_pieces_together_are_the_parts_in_order(part_sizes: list[int], size: int) -> None:
    expected = [
        (f"part_{number}", offset)
        for number, part in enumerate(part_sizes)
        for offset in range(part)
    ]
    found = [
        (segment.part_id, offset)
        for piece in cut(part_sizes, size)
        for segment in piece
        for offset in range(segment.start, segment.stop)
    ]
    assert found == expected


@given(sizes, pieces)
def test_every_piece_but_the_last_is_full(part_sizes: list[int], size: int) -> None:
    found = [
        sum(segment.stop - segment.start for segment in piece) for piece in cut(part_sizes, size)
    ]
    total = sum(part_sizes)
    assert found == [size] * (total // size) + ([total % size] if total % size else [])


@given(sizes, pieces)
def test_no_segment_is_empty_and_none_could_be_joined_with_its_neighbour(
    part_sizes: list[int], size: int
) -> None:
    for piece in cut(part_sizes, size):
        assert all(segment.start < segment.stop for segment in piece)
        assert len({segment.part_id for segment in piece}) == len(piece)


def test_no_parts_make_no_pieces() -> None:
    assert cut([], 5) == []


def test_a_part_larger_than_a_piece_is_cut() -> None:
    assert cut([7], 3) == [
        [Segment("part_0", 0, 3)],
        [Segment("part_0", 3, 6)],
        [Segment("part_0", 6, 7)],
    ]
