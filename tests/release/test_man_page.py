"""larder(1): what the command's grammar says, in roff."""

import argparse
import os
import shutil
import subprocess

import pytest

from larder.cli.grammar import arguments, commands
from larder.cli.parser import build_parser
from release.man_page import PAGE, man_page

GROFF = shutil.which("groff")
needs_groff = pytest.mark.skipif(GROFF is None, reason="no groff on this machine")


def rendered(page: str) -> str:
    """The page as a person reads it; the renderer must not complain."""
    done = subprocess.run(
        [str(GROFF), "-man", "-ww", "-Tutf8", "-P-cbou", "-rLL=200n"],
        input=page,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def run(*line: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANPAGER": "cat"}
    return subprocess.run(line, capture_output=True, text=True, check=False, env=environment)


def grammar(**settings: str) -> argparse.ArgumentParser:
    """A grammar with one command, which has these texts."""
    parser = argparse.ArgumentParser(prog="larder", description="Files.")
    under = parser.add_subparsers(metavar="COMMAND")
    command = under.add_parser(
        "show",
        help=settings.get("help", "show files"),
        epilog=settings.get("epilog"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("ids", metavar="ID", nargs="+")
    command.add_argument("-o", "--output", metavar="PATH", help=settings.get("option", "a path"))
    command.add_argument("--hidden", help=argparse.SUPPRESS)
    return parser


def test_the_committed_page_is_current() -> None:
    assert PAGE.read_text(encoding="ascii") == man_page(build_parser()), "run: make man"


def test_it_has_every_command_and_option() -> None:
    page = PAGE.read_text(encoding="ascii")
    for command in commands(build_parser()):
        if not command.is_group:
            assert f".SS \\fBlarder {' '.join(command.words)}\\fP" in page
        for argument in arguments(command.parser):
            for option in argument.option_strings:
                assert option.replace("-", r"\-") in page


def test_it_has_the_sections_that_manual_pages_have() -> None:
    lines = PAGE.read_text(encoding="ascii").splitlines()
    sections = ("NAME", "SYNOPSIS", "COMMANDS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT")
    assert {f".SH {section}" for section in sections} < set(lines)


def test_what_is_hidden_stays_so() -> None:
    assert "hidden" not in man_page(grammar())
    assert r"\-\-ids" not in PAGE.read_text(encoding="ascii")


@needs_groff
def test_it_is_rendered_without_a_warning() -> None:
    shown = rendered(PAGE.read_text(encoding="ascii"))
    assert "larder upload batch.jsonl" in shown
    assert "130  interrupted" in shown


@needs_groff
def test_man_shows_it_without_a_warning() -> None:
    man = shutil.which("man")
    if man is None or "man " not in run(man, "--version").stdout:  # as man-db's says, and no other
        pytest.skip("no man-db on this machine")
    done = run(man, "--warnings", "-l", str(PAGE))
    assert (done.returncode, done.stderr) == (0, "")
    assert "LARDER(1)" in done.stdout


@needs_groff
def test_an_option_is_shown_with_what_it_takes() -> None:
    shown = rendered(man_page(grammar()))
    assert "larder show [OPTION]... ID..." in shown
    assert "-o PATH, --output PATH" in shown


@needs_groff
@pytest.mark.parametrize(
    "text",
    [".SH not a heading", "'tis quoted", r"a \fB back\slash \n", "café … × –", "100%% `bold` it"],
)
def test_text_is_shown_as_it_is_written(text: str) -> None:
    shown = " ".join(rendered(man_page(grammar(option=text))).split())
    assert " ".join(text.replace("%%", "%").replace("`", "").split()) in shown


@needs_groff
def test_examples_keep_their_lines() -> None:
    epilog = "Words that\nflow on.\n\nexamples:\n  larder show 'a  b'\n  .larder\\n | cat\n"
    shown = rendered(man_page(grammar(epilog=epilog)))
    assert "Words that flow on." in shown
    assert "    larder show 'a  b'\n" in shown
    assert "    .larder\\n | cat\n" in shown
