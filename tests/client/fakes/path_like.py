"""What `os.fspath` takes."""

import os
from typing import Any


class At(os.PathLike[Any]):
    """Something at a path, of which it tells no more."""

    def __init__(self, path: Any) -> None:
        self._path = path

    def __fspath__(self) -> Any:
        return self._path
