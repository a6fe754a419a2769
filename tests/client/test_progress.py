"""Progress on a terminal, and nothing of it elsewhere."""

import io
import json
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from larder.cli import main
from larder.cli.bars import PassBar, TransferBars
from larder.cli.output import print_json
from larder.cli.progress import Passes, Transfer, Transfers, transfers
from larder.cli.terminal import complain, drawing, in_turn, say
from larder.errors import NoAnswerError
from tests.client.conftest import Larder
from tests.client.fakes.faults import Fault
from tests.client.terminals import Paper, on_a_terminal, screen, terminal

MakeFile = Callable[..., Path]
Capture = pytest.CaptureFixture[str]

MIB = 2**20
SIZE = 5 * MIB
NAMES = [
    "big.jsonl",
    "a" * 200,
    "日本語のファイル名前.jsonl",
    "👩\u200d🔬é\u0301.txt",
    "[red]x[/]",
    "שלום",
]


@pytest.fixture
def on_paper(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Paper]:
    """Has standard output and standard error go to a terminal, from when it is called."""

    def lay(term: str = "xterm") -> Paper:
        paper = Paper()
        monkeypatch.setenv("TERM", term)
        monkeypatch.setattr(sys, "stdout", paper)
        monkeypatch.setattr(sys, "stderr", paper)
        return paper

    return lay


def drawn(running: list[Transfer], *, files: int = 1, total: int | None = None) -> list[str]:
    """The lines of these transfers."""
    shown, paper = Transfers(visible=True, files=files, total=total), Paper()
    shown.running = running
    bars = TransferBars(shown, paper)
    bars.draw()
    lines = screen(paper.getvalue())
    bars.close()
    assert screen(paper.getvalue()) == []
    return lines


@pytest.fixture
def at_width(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    monkeypatch.setenv("TERM", "xterm")
    return lambda width: monkeypatch.setenv("COLUMNS", str(width))


@pytest.mark.parametrize("width", [10, 40, 60, 80, 200])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("done", [0, 1, 100 * MIB, 200 * MIB])
def test_a_line_fits_its_terminal(
    width: int, name: str, done: int, at_width: Callable[[int], None]
) -> None:
    at_width(width)
    running = [Transfer(name, 200 * MIB, done=done, step=step) for step in ("", "joining")]
    lines = drawn(running, files=12, total=900 * MIB)
    assert len(lines) == 3
    assert all(cell_len(line) < width for line in lines)


def test_a_name_is_no_markup(at_width: Callable[[int], None]) -> None:
    at_width(80)
    (line,) = drawn([Transfer("[red]x[/]", 1)])
    assert line.startswith("[red]x[/] ")


def test_a_name_has_its_escapes_shown(at_width: Callable[[int], None]) -> None:
    at_width(80)
    (line,) = drawn([Transfer("a\x1b[2J\r\nb", 1)])
    assert line.startswith(r"a\x1b[2J\r\nb ")


@pytest.mark.parametrize(
    ("done", "size", "words"),
    [
        (0, 0, "0 of 0 B"),
        (1, 1023, "1 of 1023 B"),
        (51 * MIB, 2048 * MIB, "0.0 of 2.0 GiB"),
        (3 * MIB // 2, 4 * MIB, "1.5 of 4.0 MiB"),
    ],
)
def test_the_bytes_are_in_the_unit_of_all(
    done: int, size: int, words: str, at_width: Callable[[int], None]
) -> None:
    at_width(80)
    (line,) = drawn([Transfer("a", size, done=done)])
    assert words in line


def test_a_step_stands_where_the_rate_does(at_width: Callable[[int], None]) -> None:
    at_width(80)
    (line,) = drawn([Transfer("a", 10, done=5, step="continuing at 47 %")])
    assert line.endswith("5 of 10 B continuing at 47 %…")


def test_a_low_terminal_has_the_line_of_all(
    at_width: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_width(80)
    monkeypatch.setenv("LINES", "3")
    lines = drawn([Transfer(f"a{n}", 10) for n in range(1000)], files=1000, total=10_000)
    assert len(lines) == 2
    assert lines[-1].startswith("0 of 1000 files")


def test_a_pass_of_unknown_length_has_its_count(at_width: Callable[[int], None]) -> None:
    at_width(80)
    paper = Paper()
    bar = PassBar(Passes("checking", "files", 1234, 0), paper)
    bar.draw()
    assert re.match(r"checking files .* 1,234$", screen(paper.getvalue())[0])
    bar.close()


def test_a_pass_of_known_length_has_it_too(at_width: Callable[[int], None]) -> None:
    at_width(80)
    paper, passes = Paper(), Passes("checking", "files", 1234, 0)
    bar = PassBar(passes, paper)
    bar.draw()
    passes.show("objects", 5, 6000)
    bar.draw()
    assert re.match(r"checking objects .* 5 of about 6,000$", screen(paper.getvalue())[0])
    bar.close()


def test_what_failed_counts_no_more() -> None:
    shown = Transfers(visible=True, files=2, total=30)

    def fail() -> None:
        with shown.transfer("b", 20) as transfer:
            transfer.move(5, 20)
            raise NoAnswerError("nobody")

    with shown.transfer("a", 10):
        pass
    with pytest.raises(NoAnswerError):
        fail()
    assert (shown.files_done, shown.bytes_done, shown.total) == (2, 15, 15)
    assert shown.running == []


def test_lines_come_out_whole_above_the_bars(on_paper: Callable[..., Paper]) -> None:
    paper = on_paper()
    shown = Transfers(visible=True, files=8)
    bars = TransferBars(shown, paper)

    def work(number: int) -> None:
        with shown.transfer(f"file {number}", 10) as transfer:
            for count in range(10):
                transfer.move(count, 10)
                say(f"said {number} {count}")
                complain(f"complained {number} {count}")
                print_json({"number": number, "count": count})
                with in_turn:
                    bars.draw()

    with drawing(bars):
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    bars.close()
    lines = screen(paper.getvalue())
    assert len(lines) == 8 * 10 * 3
    for number in range(8):
        own = [
            line for line in lines if re.search(rf'(said|complained|"number":) {number}\b', line)
        ]
        assert own == [
            line
            for count in range(10)
            for line in (
                f"said {number} {count}",
                f"larder: complained {number} {count}",
                json.dumps({"number": number, "count": count}),
            )
        ]


def test_there_is_none_where_nobody_would_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    with transfers(wanted=True) as shown, shown.transfer("a", 1) as transfer:
        assert (transfer.on_progress, transfer.on_step) == (None, None)
    assert output.getvalue() == ""


def test_there_is_none_on_a_dumb_terminal(on_paper: Callable[..., Paper]) -> None:
    on_paper("dumb")
    with transfers(wanted=True) as shown, shown.transfer("a", 1) as transfer:
        assert transfer.on_progress is None


def test_a_short_transfer_draws_nothing(on_paper: Callable[..., Paper]) -> None:
    paper = on_paper()
    with transfers(wanted=True) as shown, shown.transfer("a", 1) as transfer:
        assert transfer.on_progress is not None
        transfer.on_progress(1, 1)
    assert paper.getvalue() == ""


def test_an_upload_shows_its_bar_and_its_steps(larder: Larder, a_file: MakeFile) -> None:
    stalled = larder.fail_s3(Fault("PUT", "hold", skip=40))
    unanswered = larder.fail_api(Fault("complete", "hold"))
    with terminal() as seen:
        seen.start("upload", a_file(SIZE))
        seen.wait_for("of 5.0 MiB")
        stalled.released.set()
        seen.wait_for("retrying…")
        seen.wait_for("joining…")
        unanswered.released.set()
        (file_id,) = [line for line in seen.end() if not line.startswith("larder: ")]
        assert file_id in larder.service.files


def test_what_continues_says_where(larder: Larder, a_file: MakeFile, tmp_path: Path) -> None:
    path = a_file(SIZE)
    larder.storage.hold_after(40)
    with terminal() as seen:
        seen.start("upload", path)
        seen.wait_for("of 5.0 MiB")
        seen.interrupt()
        assert seen.end(130) == ["larder: interrupted: the same command continues the upload"]
    larder.storage.release()
    stalled = larder.fail_s3(Fault("PUT", "hold"))
    with terminal() as seen:
        seen.start("upload", path)
        seen.wait_for("continuing at 50 %…")
        stalled.released.set()
        assert len(seen.end()) == 1


@pytest.mark.parametrize("columns", [20, 79, 300])
def test_a_resized_terminal_is_left_clean(columns: int, larder: Larder, a_file: MakeFile) -> None:
    stalled = larder.fail_s3(Fault("PUT", "hold", skip=40))
    with terminal() as seen:
        seen.start("upload", a_file(SIZE))
        seen.wait_for("of 5.0 MiB")
        seen.resize(columns)
        stalled.released.set()
        (file_id,) = seen.end()
        assert file_id in larder.service.files


def test_a_failure_leaves_one_line(larder: Larder, a_file: MakeFile) -> None:
    stalled = larder.fail_s3(Fault("PUT", "hold", skip=40))
    with terminal() as seen:
        seen.start("upload", a_file(SIZE))
        seen.wait_for("of 5.0 MiB")
        larder.fail_s3(Fault("PUT", "status", status=400))
        stalled.released.set()
        (line,) = seen.end(1)
        assert "S3 refused part " in line


def test_a_killed_command_leaves_the_cursor(larder: Larder, a_file: MakeFile) -> None:
    larder.fail_s3(Fault("PUT", "hold", skip=40))
    with terminal() as seen:
        process = seen.start("upload", a_file(SIZE))
        seen.wait_for("of 5.0 MiB")
        process.kill()
        process.wait()
        assert seen.written.rindex("\x1b[?25h") > seen.written.rindex("\x1b[?25l")


@pytest.mark.parametrize("option", ["--json", "--quiet"])
def test_what_is_for_scripts_shows_no_bar(option: str, larder: Larder, a_file: MakeFile) -> None:
    stalled = larder.fail_s3(Fault("PUT", "trickle", skip=40, seconds=1))
    (line,) = on_a_terminal("upload", a_file(SIZE), option)
    assert stalled.times == 0
    assert (json.loads(line)["id"] if option == "--json" else line) in larder.service.files


def test_a_pipe_gets_the_content_and_the_terminal_the_bar(larder: Larder) -> None:
    file = larder.service.add_file(b"x" * SIZE)
    stalled = larder.fail_s3(Fault("GET", "cut", after_bytes=100))
    assert stalled.times
    with terminal() as seen:
        process = seen.start("download", file["id"], "-o", "-", piped="stdout")
        content, _ = process.communicate(timeout=60)
        assert content == b"x" * SIZE
        assert seen.end() == []


def test_nothing_is_drawn_in_a_log(larder: Larder, a_file: MakeFile, capsys: Capture) -> None:
    assert main(["upload", str(a_file(SIZE))]) == 0
    assert capsys.readouterr().err == ""
