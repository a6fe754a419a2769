"""What does not flicker: the calls to AWS that an answer takes, and the bytes of the asset."""

import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

from benchmarks.functions.endpoints import completing, every_function, listing
from benchmarks.functions.scenes import Scene
from benchmarks.results.figures import Measured, Value
from benchmarks.sections import Scale
from infra.bundle import LAMBDA, build_asset

CALLS, ASSET = "calls to AWS", "the asset for Lambda"
PARTS = 64


def measure(_scale: Scale) -> Measured:
    """Count once."""
    for scene in every_function():
        yield from _calls(scene.name, scene)
    yield from _calls("list_files, 10,000 files", listing(10_000, 10_000))
    yield from _calls(f"complete_upload, {PARTS} presigned parts", completing(PARTS))
    asset = build_asset(LAMBDA)
    files = [path for path in asset.rglob("*") if path.is_file()]
    yield Value("all functions", "files", "", len(files), ASSET)
    yield Value("all functions", "unpacked", "MB", sum(map(_size, files)) / 1e6, ASSET)
    yield Value("all functions", "zipped", "MB", _zipped(asset, files) / 1e6, ASSET)


def _calls(row: str, scene: Scene) -> Measured:
    services = Counter(answer["service"] for answer in scene.answers)
    yield Value(row, "DynamoDB", "", services["dynamodb"], CALLS)
    yield Value(row, "S3", "", services["s3"], CALLS)
    yield Value(row, "together", "", len(scene.answers), CALLS)


def _size(path: Path) -> int:
    return path.stat().st_size


def _zipped(asset: Path, files: list[Path]) -> int:
    """The bytes of a zip file, as the CDK makes it."""
    with BytesIO() as whole:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in files:
                archive.write(path, path.relative_to(asset))
        return len(whole.getvalue())
