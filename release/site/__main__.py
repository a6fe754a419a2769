"""Builds the site into build/docs; `make docs` runs it."""

import sys

from release.site.build import ROOT, Broken, build

SITE = "build/docs"


def main() -> int:
    """Build the site and say where it is, or what is wrong with the documents."""
    try:
        build(ROOT / SITE)
    except Broken as broken:
        print(broken, file=sys.stderr)
        return 1
    print(f"The site is in {SITE}/: open {SITE}/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
