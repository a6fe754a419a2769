"""The site as files: a page for each document, the reference, and whatever these point at."""

import os
import posixpath
import shutil
import subprocess
import sys
from functools import partial
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote, unquote

from release.site.contents import (
    DECISIONS,
    REFERENCE,
    contents,
    documents,
    page_of,
    title_of,
)
from release.site.markdown import MERMAID, colours, rendered

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = ROOT / "node_modules"

STYLE = "assets/style.css"
DRAWING = "assets/mermaid.js"


class Broken(Exception):
    """A document that cannot become a page."""


def build(site: Path, root: Path = ROOT) -> None:
    """Build the site of a checkout anew; raises Broken, and then leaves what was there."""
    unfinished = site.with_name(f"{site.name}.{os.getpid()}")
    try:
        _Site(root, unfinished).write()
        shutil.rmtree(site, ignore_errors=True)
        unfinished.rename(site)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


class _Site:
    def __init__(self, root: Path, folder: Path) -> None:
        self._root, self._folder = root, folder
        self._pages = {source: page_of(source) for source in (*documents(root), REFERENCE)}
        self._chapters = list(contents(root))
        self._template = Template((HERE / "page.html").read_text(encoding="utf-8"))

    def write(self) -> None:
        for source in documents(self._root):
            text = (self._root / source).read_text(encoding="utf-8")
            body = rendered(text, partial(self._target, source))
            self._write_page(source, title_of(self._root, source), body)
        if (self._root / DECISIONS).is_dir():
            self._write_page(DECISIONS, title_of(self._root, DECISIONS), self._list_of_decisions())
        self._copy(REFERENCE)
        write_reference(self._root / REFERENCE, self._folder / page_of(REFERENCE))
        light, dark = colours("default"), colours("github-dark")
        style = (HERE / "style.css").read_text(encoding="utf-8")
        style += f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
        self._place(STYLE).write_text(style, encoding="utf-8")
        shutil.copy(MODULES / "@mermaid-js/tiny/dist/mermaid.tiny.js", self._place(DRAWING))

    def _place(self, path: str) -> Path:
        place = self._folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _copy(self, source: str) -> None:
        shutil.copy(self._root / source, self._place(source))

    def _target(self, source: str, link: str) -> str:
        """Where a link of a document leads: another page, or a file that is copied for it."""
        path, hash_sign, anchor = link.partition("#")
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), unquote(path)))
        if wanted == DECISIONS:
            target = page_of(DECISIONS)
        elif wanted in self._pages:
            target = self._pages[wanted]
        elif (self._root / wanted).is_file() and not wanted.startswith(".."):
            self._copy(wanted)
            target = wanted
        else:
            raise Broken(f"{source} links to {link}, which is no page and no file.")
        return _relative(target, page_of(source)) + hash_sign + anchor

    def _write_page(self, source: str, title: str, body: str) -> None:
        page = page_of(source)
        drawing = ""
        if MERMAID in body:
            drawing = f'<script src="{_relative(DRAWING, page)}"></script>'
        html = self._template.substitute(
            title=escape(title),
            style=_relative(STYLE, page),
            home=_relative("index.html", page),
            contents=self._contents(page),
            body=body,
            drawing=drawing,
        )
        self._place(page).write_text(html, encoding="utf-8")

    def _contents(self, page: str) -> str:
        lines = []
        for chapter, entries in self._chapters:
            lines.append(f"<h2>{escape(chapter)}</h2>\n<ul>")
            for entry in entries:
                here = ' aria-current="page"' if entry.page == page else ""
                href = _relative(entry.page, page)
                lines.append(f'<li><a href="{href}"{here}>{escape(entry.title)}</a></li>')
            lines.append("</ul>")
        return "\n".join(lines)

    def _list_of_decisions(self) -> str:
        lines = ["<h1>Decisions</h1>", "<p>Why it is so, where there was a choice.</p>", "<ul>"]
        for source in documents(self._root):
            if source.startswith(f"{DECISIONS}/"):
                href = _relative(page_of(source), page_of(DECISIONS))
                number = source.rpartition("/")[2].partition("-")[0]
                title = escape(title_of(self._root, source))
                lines.append(f'<li>{number} <a href="{href}">{title}</a></li>')
        return "\n".join([*lines, "</ul>"])


def _relative(target: str, page: str) -> str:
    return quote(posixpath.relpath(target, posixpath.dirname(page) or "."))


def write_reference(description: Path, page: Path) -> None:
    """Write the reference of an OpenAPI description, all in one file; raises Broken."""
    result = redocly(
        "build-docs",
        description,
        "--inlineBundle",
        f"--output={page}",
        f"--template={HERE / 'reference.hbs'}",
        "--title=Larder's API",
        f"--templateOptions.home={_relative('index.html', page_of(REFERENCE))}",
    )
    if result.returncode:
        raise Broken(result.stdout + result.stderr)


def redocly(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run the locked Redocly, which neither tells nor asks its makers anything."""
    silent = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    node, program = Path(sys.executable).with_name("node"), MODULES / "@redocly/cli/bin/cli.js"
    return subprocess.run(
        [node, program, *arguments, f"--config={HERE}/redocly.yaml"],
        cwd=ROOT,
        env={**os.environ, **silent},
        capture_output=True,
        text=True,
        check=False,
    )
