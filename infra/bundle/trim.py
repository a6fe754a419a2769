"""Removes from the asset what no function ever loads, and puts the stand-ins in their places."""

import shutil
from pathlib import Path

from infra.bundle.descriptions import cut_descriptions

STAND_INS = Path(__file__).with_name("stand_ins")
# Never imported by a function; the `dist-info` folders stay for scanners that look for
# vulnerable versions.
UNUSED = (
    "bin",
    ".lock",
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/metrics",
    "aws_lambda_powertools/middleware_factory",
    "aws_lambda_powertools/tracing",
    "botocore/docs",
)
# Of Powertools' utilities the logger names one, which has a stand-in.
UTILITIES = "aws_lambda_powertools/utilities"


def trim_packages(packages: Path) -> None:
    """Remove what no function loads, and shrink what botocore parses at every cold start."""
    for name in UNUSED:
        _remove(packages / name)
    for path in (packages / UTILITIES).iterdir():
        if path.name != "__init__.py":
            _remove(path)
    cut_descriptions(packages / "botocore" / "data")
    no_module = shutil.ignore_patterns("__pycache__", "README.md")
    shutil.copytree(STAND_INS, packages, ignore=no_module, dirs_exist_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
