"""The asset of the functions: how many files and bytes Lambda has to fetch."""

import zipfile
from io import BytesIO
from pathlib import Path

from benchmarks.results.figures import Measured, Value
from benchmarks.sections import Scale
from infra.bundle import LAMBDA, build_asset


def measure(_scale: Scale) -> Measured:
    """Count once."""
    asset = build_asset(LAMBDA)
    files = [path for path in asset.rglob("*") if path.is_file()]
    yield Value("all functions", "files", "", len(files))
    yield Value("all functions", "unpacked", "MB", sum(map(_size, files)) / 1e6)
    yield Value("all functions", "zipped", "MB", _zipped(asset, files) / 1e6)


def _size(path: Path) -> int:
    return path.stat().st_size


def _zipped(asset: Path, files: list[Path]) -> int:
    """The bytes of a zip file, as the CDK makes it."""
    with BytesIO() as whole:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in files:
                archive.write(path, path.relative_to(asset))
        return len(whole.getvalue())
