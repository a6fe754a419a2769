"""Values are held against the declarations of a TypeScript SDK."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.declared_types import DeclaredTypes

DECLARED = """
export interface Part {
    /** Says; nothing: of note. */
    id: string;
    object: 'upload.part';
}
export interface Whole {
    bytes: number;
    part: PartsAPI.Part | null;
    status?: 'open' | 'closed';
}
"""
PART = {"id": "part-1", "object": "upload.part"}


@pytest.fixture
def declared(tmp_path: Path) -> DeclaredTypes:
    (tmp_path / "whole.d.ts").write_text(DECLARED)
    return DeclaredTypes(tmp_path / "whole.d.ts")


@pytest.mark.parametrize("more", [{}, {"status": "open"}, {"unknown": 1}])
@pytest.mark.parametrize("part", [PART, None])
def test_what_is_declared_is_no_problem(declared: DeclaredTypes, part: Any, more: Any) -> None:
    assert declared.problems("Whole", {"bytes": 1, "part": part, **more}) == []


@pytest.mark.parametrize(
    "whole",
    [
        {"part": PART},
        {"bytes": "1", "part": PART},
        {"bytes": True, "part": PART},
        {"bytes": 1, "part": PART, "status": None},
        {"bytes": 1, "part": PART, "status": "ajar"},
        {"bytes": 1, "part": "part-1"},
        {"bytes": 1, "part": {**PART, "object": "part"}},
    ],
)
def test_anything_else_is_one(declared: DeclaredTypes, whole: dict[str, Any]) -> None:
    [_] = declared.problems("Whole", whole)
