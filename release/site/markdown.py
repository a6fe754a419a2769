"""Documents as GitHub shows them: tables, headings with names, pictures by Mermaid."""

import re
from collections.abc import Callable
from html import escape
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

MERMAID = '<pre class="mermaid">'

# What names another place, and needs no other page of the site.
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#", re.IGNORECASE)


def rendered(text: str, target_of: Callable[[str], str]) -> str:
    """A document as HTML; `target_of` says where a link to a file of the checkout leads."""
    parser = MarkdownIt("commonmark", {"highlight": _coloured}).enable(["table", "strikethrough"])
    tokens = parser.parse(text)
    _name_headings(tokens)
    for token in tokens:
        for child in token.children or ():
            for attribute in ("href", "src"):
                link = child.attrs.get(attribute)
                if isinstance(link, str) and not _ELSEWHERE.match(link):
                    child.attrs[attribute] = target_of(link)
    html: str = parser.renderer.render(tokens, parser.options, {})
    # A wide table scrolls by itself, so that a narrow page does not.
    html = html.replace("<table>", '<div class="wide"><table>')
    return html.replace("</table>", "</table></div>")


def _name_headings(tokens: list[Token]) -> None:
    """Give headings the names that GitHub gives them."""
    seen: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            heading = "".join(child.content for child in inline.children or ())
            name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            seen[name] = seen.get(name, -1) + 1
            opening.attrs["id"] = f"{name}-{seen[name]}" if seen[name] else name


def _coloured(code: str, language: str, _more: str) -> str:
    """A block of code; what begins with `<pre` is taken as it is."""
    if language == "mermaid":
        return f"{MERMAID}{escape(code)}</pre>"
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""  # as it stands, escaped
    return f"<pre><code>{highlight(code, lexer, HtmlFormatter(nowrap=True))}</code></pre>"


def colours(style: str) -> str:
    """The style sheet of a block of code."""
    return str(HtmlFormatter(style=style).get_style_defs("pre"))
