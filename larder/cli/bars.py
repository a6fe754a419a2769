"""Progress bars on a terminal: bytes, rate and time left, for each file and for all of several."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID
from rich.table import Table
from rich.text import Text

from larder.cli.fitted import shorten
from larder.cli.progress import Transfer, Transfers
from larder.cli.terminal import shown as escaped
from larder.values import format_size

_RATE_SECONDS = 10.0

# Wider than this nothing is drawn, so that a terminal made narrower seldom breaks a line in two.
_MOST_WIDTH = 100


class Bars:
    """Draws transfers at the end of a terminal, and takes them away."""

    def __init__(self, transfers: Transfers, terminal: TextIO) -> None:
        """Draws nothing yet."""
        self._transfers = transfers
        self._progress = _Progress(Console(file=terminal), has_all=transfers.files > 1)
        self._tasks: dict[int, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        # A program that is killed leaves the cursor as it is.
        self._progress.console.show_cursor(show=True)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def draw(self) -> None:
        """Draws how far they are now."""
        running = self._transfers.running
        for transfer in running:
            self._draw(transfer)
        left = {id(transfer) for transfer in running}
        for key in [key for key in self._tasks if key not in left]:
            self._progress.remove_task(self._tasks.pop(key))
        if self._progress.of_all is not None:
            self._draw_all(self._progress.of_all, running)
        self._progress.is_hidden = False
        self._progress.refresh()

    def hide(self) -> None:
        """Takes them away until they are drawn again."""
        self._progress.is_hidden = True
        self._progress.refresh()

    def _draw(self, transfer: Transfer) -> None:
        task = self._tasks.get(id(transfer))
        if task is None:
            task = self._progress.add_task(escaped(transfer.name), step="")
            self._tasks[id(transfer)] = task
        self._progress.update(
            task, total=transfer.size, completed=transfer.done, step=escaped(transfer.step)
        )

    def _draw_all(self, task: TaskID, running: list[Transfer]) -> None:
        all_ = self._transfers
        self._progress.update(
            task,
            description=f"{all_.files_done} of {all_.files} files",
            total=all_.total,
            completed=all_.bytes_done + sum(transfer.done for transfer in running),
        )


class _Progress(Progress):
    """As many columns as the terminal has room for, and as many lines; none while hidden."""

    def __init__(self, console: Console, *, has_all: bool) -> None:
        self.is_hidden = True
        self.of_all: TaskID | None = None
        super().__init__(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            speed_estimate_period=_RATE_SECONDS,
        )
        if has_all:
            self.of_all = self.add_task("", step="")

    def get_renderables(self) -> Iterable[RenderableType]:
        if not self.is_hidden:
            one_each = [task for task in self.tasks if task.id != self.of_all]
            of_all = [task for task in self.tasks if task.id == self.of_all]
            room = max(self.console.height - 1 - len(of_all), 0)
            yield self.make_tasks_table([*one_each[:room], *of_all])

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        width = min(self.console.width - 1, _MOST_WIDTH)
        self.columns = _columns(width)
        table = super().make_tasks_table(tasks)
        table.width = None
        return table


def _columns(width: int) -> tuple[ProgressColumn, ...]:
    name = _Words(lambda task: shorten(task.description, max(width // 4, width - 75, 8)))
    columns: list[ProgressColumn] = [name]
    if width >= 60:
        columns.append(BarColumn(bar_width=min(width - 59, 20) if width < 79 else 20))
    columns.append(_Words(_percent))
    if width >= 30:
        columns.append(_Words(_bytes))
    if width >= 44:
        columns.append(_Words(_rate_or_step))
    return tuple(columns)


class _Words(ProgressColumn):
    """What a function says of a task, as it is: no markup in a name."""

    def __init__(self, words: Callable[[Task], str]) -> None:
        self._words = words
        super().__init__()

    def render(self, task: Task) -> Text:
        return Text(self._words(task), no_wrap=True, overflow="crop")


def _percent(task: Task) -> str:
    return f"{task.percentage:3.0f} %" if task.total else ""


def _bytes(task: Task) -> str:
    done = format_size(task.completed)
    return done if task.total is None else f"{done} of {format_size(task.total)}"


def _rate_or_step(task: Task) -> str:
    if task.fields["step"]:
        return f"{task.fields['step']}…"
    rate = f"{format_size(task.speed or 0)}/s"
    return rate if task.time_remaining is None else f"{rate} {_clock(task.time_remaining)} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
