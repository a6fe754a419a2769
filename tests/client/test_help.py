"""What `--help` shows: every command, each with examples that its own grammar takes."""

import re
import shlex

import pytest

from larder import errors
from larder.cli.grammar import Command, arguments, commands
from larder.cli.parser import build_parser

GRAMMAR = build_parser()
COMMANDS = {" ".join(command.words): command for command in commands(GRAMMAR)}
LEAVES = {words: command for words, command in COMMANDS.items() if not command.is_group}

# What ends a command for a shell, such as `|`, `>` or `<(`.
_SHELLS_OWN = re.compile(r"[();<>|&]+")


def examples_of(command: Command) -> list[str]:
    """The indented lines below `examples:` in the command's help."""
    found = re.search(r"^examples:\n((?:  .+\n?)+)", command.parser.epilog or "", re.MULTILINE)
    return [line.strip() for line in found[1].splitlines()] if found else []


def larders_part(example: str) -> list[str]:
    """The arguments of the last `larder` in a line for a shell."""
    lexer = shlex.shlex(example, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    runs: list[list[str]] = [[]]
    for word in lexer:
        if _SHELLS_OWN.fullmatch(word):
            runs.append([])
        else:
            runs[-1].append(word)
    run = [run for run in runs if "larder" in run][-1]
    from_a_pipe = ["from-a-pipe"] if run[0] == "xargs" else []
    return [*run[run.index("larder") + 1 :], *from_a_pipe]


@pytest.mark.parametrize("words", LEAVES)
def test_a_command_has_examples_that_its_grammar_takes(words: str) -> None:
    examples = examples_of(LEAVES[words])
    assert examples, f"`larder {words} --help` shows no examples"
    for example in examples:
        parsed = GRAMMAR.parse_args(larders_part(example))
        assert parsed.run is LEAVES[words].parser.get_default("run"), example


def test_the_whole_commands_examples_are_taken_too() -> None:
    examples = examples_of(COMMANDS[""])
    assert examples
    for example in examples:
        GRAMMAR.parse_args(larders_part(example))


@pytest.mark.parametrize("words", [words for words in COMMANDS if words])
def test_a_command_says_in_a_line_what_it_does(words: str) -> None:
    assert re.fullmatch(r"[a-z].+[^.]", COMMANDS[words].help)


@pytest.mark.parametrize("words", COMMANDS)
def test_an_option_says_what_it_is_for(words: str) -> None:
    for argument in arguments(COMMANDS[words].parser):
        assert argument.help or not argument.option_strings


@pytest.mark.parametrize("words", COMMANDS)
def test_its_own_lines_fit_a_terminal_of_100_columns(words: str) -> None:
    parser = COMMANDS[words].parser
    for text in (parser.description, parser.epilog):
        assert all(len(line) <= 100 for line in (text or "").splitlines())


def test_every_exit_code_is_listed() -> None:
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    listed = re.findall(r"^ {2}(\d+)  \S", GRAMMAR.format_help(), re.MULTILINE)
    assert {int(code) for code in listed} == {0, *codes}


@pytest.mark.parametrize(
    "name",
    [f"{whose}_{what}" for whose in ("LARDER", "OPENAI") for what in ("BASE_URL", "API_KEY")],
)
def test_every_setting_is_listed(name: str) -> None:
    assert re.search(rf"^ {{2}}.*\b{name}\b", GRAMMAR.format_help(), re.MULTILINE)


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("larder list", ["list"]),
        ("larder list --json | jq -r .id", ["list", "--json"]),
        ("gzip -dc a.gz | larder upload - --filename 'a b'", ["upload", "-", "--filename", "a b"]),
        ("larder list | xargs larder delete", ["delete", "from-a-pipe"]),
        ("source <(larder completion bash)", ["completion", "bash"]),
        ("larder completion zsh > ~/.zfunc/_larder", ["completion", "zsh"]),
    ],
)
def test_of_an_example_the_command_is_read(line: str, taken: list[str]) -> None:
    assert larders_part(line) == taken


@pytest.mark.parametrize("argv", [[], ["-h"], ["--help"]])
def test_its_own_help_is_the_same_without_a_command_loaded(argv: list[str]) -> None:
    assert build_parser(argv).format_help() == GRAMMAR.format_help()
