"""Builds an asset, unless the same one has been built before."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from uv import find_uv_bin

from infra.bundle.byte_code import compile_data_classes, compile_modules, compiler
from infra.bundle.console import build_console, console_inputs
from infra.bundle.contents import FUNCTIONS, Contents
from infra.bundle.errors import AssetError
from infra.bundle.patterns import compile_patterns
from infra.bundle.target import Target
from infra.bundle.trim import trim_packages

ROOT = Path(__file__).resolve().parents[2]
KEEP_PER_TARGET = 4  # a deployment under way may still use an older build, so a few are kept


def build_asset(
    target: Target,
    contents: Contents = FUNCTIONS,
    *,
    root: Path = ROOT,
    cache: Path | None = None,
) -> Path:
    """The folder that holds the code for a target, built only if inputs changed.

    The folder's name is a digest of everything that goes in: the lock file, the sources, the
    target, what compiles, and this package. Equal inputs give equal content.

    Args:
        target: What to build for.
        contents: Whose code it is.
        root: The checkout, with the sources and the lock file.
        cache: Where builds are kept; `build/` of the checkout by default.

    Raises:
        AssetError: The packages cannot be installed, or something does not compile or cannot be
            bundled; the failed program's output is on stderr.
    """
    cache = cache or root / "build"
    lock = root / "requirements" / contents.lock
    sources = [root / name for name in contents.sources]
    page = console_inputs(root) if contents.console else ()
    digest = _digest_of_inputs(target, [*_input_files(lock, sources), *page])
    built = cache / f"{contents.name}-{target.label}-{digest}"
    if built.is_dir():
        return built
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".building-") as scratch:
        draft = Path(scratch) / "asset"
        _install_packages(target, lock, draft)
        trim_packages(draft)
        for folder in sources:
            shutil.copytree(folder, draft / folder.name, ignore=_byte_code)
        if contents.console:
            build_console(root, draft / "console")
        compile_modules(draft, target)
        if contents.starts_often:
            compile_data_classes(draft, target)
            compile_patterns(draft, target)
        _make_readable(draft)
        _move_into_place(draft, built)
    _remove_old_builds(cache, f"{contents.name}-{target.label}")
    return built


def _digest_of_inputs(target: Target, files: Iterable[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    digest.update(f"{target.label}\0{compiler(target)}\0".encode())
    for name, path in files:
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _input_files(lock: Path, sources: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    yield "lock", lock
    recipe = Path(__file__).parent
    for folder in (recipe, *sources):
        for path in _source_files(folder):
            yield path.relative_to(folder.parent).as_posix(), path


def _source_files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    )


def _install_packages(target: Target, lock: Path, into: Path) -> None:
    command = [find_uv_bin(), "pip", "install", "--quiet", "--target", str(into)]
    command += ["--require-hashes", "--requirements", str(lock)]
    command += ["--only-binary", ":all:", "--link-mode", "copy", "--python", sys.executable]
    command += ["--python-version", target.python_version]
    if target.platform:
        command += ["--python-platform", target.platform]
    if subprocess.run(command, check=False).returncode != 0:
        raise AssetError(f"The packages of {lock.name} could not be installed; uv says why above.")


def _byte_code(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "__pycache__" or name.endswith(".pyc")]


def _make_readable(asset: Path) -> None:
    """Make files readable whatever the umask is, since Lambda runs as another user."""
    asset.chmod(0o755)
    for path in asset.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _move_into_place(draft: Path, built: Path) -> None:
    try:
        draft.rename(built)
    except OSError:
        if not built.is_dir():  # otherwise another process has built the same
            raise


def _remove_old_builds(cache: Path, kind: str) -> None:
    builds = sorted(cache.glob(f"{kind}-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in builds[KEEP_PER_TARGET:]:
        shutil.rmtree(path, ignore_errors=True)
