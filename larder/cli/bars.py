"""Progress bars on a terminal, as wide as it is: of transfers, and of a run over the catalog."""

from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID
from rich.text import Text

from larder.cli.fitted import shorten
from larder.cli.progress import Passes, Transfer, Transfers
from larder.cli.terminal import shown as escaped
from larder.values import format_size

_RATE_SECONDS = 10.0

# Lines are no wider than this, so that a terminal that is made narrower seldom wraps them.
_MOST_WIDTH = 100
_LEAST_NAME = 12


class TransferBars:
    """A bar for each file that is on its way, and one for all if there are several."""

    def __init__(self, transfers: Transfers, terminal: TextIO) -> None:
        """Draws nothing yet."""
        self._transfers = transfers
        self._lines = _Lines(terminal, _transfer_columns)
        self._tasks: dict[int, TaskID] = {}
        self._all = self._lines.add_task("", total=None) if transfers.files > 1 else None
        self.hide, self.close = self._lines.hide, self._lines.stop

    def draw(self) -> None:
        """Draws how far they are now."""
        running = self._transfers.running
        for transfer in running:
            self._draw(transfer)
        left = {id(transfer) for transfer in running}
        for key in [key for key in self._tasks if key not in left]:
            self._lines.remove_task(self._tasks.pop(key))
        tasks = list(self._tasks.values())
        if self._all is not None:
            self._draw_all(self._all, running)
            tasks.append(self._all)
        self._lines.show(tasks)

    def _draw(self, transfer: Transfer) -> None:
        task = self._tasks.get(id(transfer))
        if task is None:
            task = self._lines.add_task(escaped(transfer.name))
            self._tasks[id(transfer)] = task
        self._lines.update(
            task, total=transfer.size, completed=transfer.done, step=escaped(transfer.step)
        )

    def _draw_all(self, task: TaskID, running: Sequence[Transfer]) -> None:
        transfers = self._transfers
        self._lines.update(
            task,
            description=f"{transfers.files_done} of {transfers.files} files",
            total=transfers.total,
            completed=transfers.bytes_done + sum(transfer.done for transfer in running),
        )


class PassBar:
    """One bar, for what a run over the catalog looks at now."""

    def __init__(self, passes: Passes, terminal: TextIO) -> None:
        """Draws nothing yet."""
        self._passes = passes
        self._lines = _Lines(terminal, _pass_columns)
        self._pass: tuple[str, TaskID] | None = None
        self.hide, self.close = self._lines.hide, self._lines.stop

    def draw(self) -> None:
        """Draws how far it is; the total is known roughly, so the end may come late."""
        passes = self._passes
        if self._pass is None or self._pass[0] != passes.what:  # its length may be unknown
            task = self._lines.add_task(f"{passes.doing} {passes.what}", total=None)
            self._pass = (passes.what, task)
        task = self._pass[1]
        self._lines.update(task, total=passes.total or None, completed=passes.count)
        self._lines.show([task])


class _Lines(Progress):
    """Some tasks, a line each; none while hidden."""

    def __init__(
        self, terminal: TextIO, columns: Callable[[int], Sequence[ProgressColumn]]
    ) -> None:
        self._shown: Sequence[TaskID] = ()
        self._columns_for = columns
        super().__init__(
            console=Console(file=terminal),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            speed_estimate_period=_RATE_SECONDS,
        )
        self.start()
        # A killed program could not show the cursor again.
        self.console.show_cursor(show=True)

    def show(self, tasks: Sequence[TaskID]) -> None:
        """Draws these tasks, or the last ones if there is no room for all."""
        self._shown = tasks[-max(self.console.height - 1, 1) :]
        self.columns = tuple(self._columns_for(min(self.console.width - 1, _MOST_WIDTH)))
        self.refresh()

    def hide(self) -> None:
        """Leaves the cursor where they began."""
        self._shown = ()
        self.refresh()

    def get_renderables(self) -> Iterable[RenderableType]:
        if self._shown:
            tasks = {task.id: task for task in self.tasks}
            yield self.make_tasks_table([tasks[task] for task in self._shown])


class _Words(ProgressColumn):
    """A function's text for a task, without markup, since names may look like markup."""

    def __init__(self, words: Callable[[Task], str]) -> None:
        self._words = words
        super().__init__()

    def render(self, task: Task) -> Text:
        return Text(self._words(task), no_wrap=True, overflow="crop")


def _transfer_columns(width: int) -> list[ProgressColumn]:
    """A bar or else the percentage, the bytes and the rate, where there is room for a name too."""
    bar = 20 if width >= 89 else 10
    columns: list[tuple[ProgressColumn, int]] = [(_Words(_bytes), 20), (_Words(_rate_or_step), 21)]
    columns.insert(0, (_bar(bar), bar) if width >= 69 else (_Words(_percent), 5))
    while len(columns) > 1 and _left_of(width, columns) < _LEAST_NAME:
        columns.pop()
    return [_name(max(_left_of(width, columns), 1)), *(column for column, _ in columns)]


def _left_of(width: int, columns: Sequence[tuple[ProgressColumn, int]]) -> int:
    return width - sum(cells + 1 for _, cells in columns)


def _pass_columns(width: int) -> list[ProgressColumn]:
    columns: list[ProgressColumn] = [_name(max(width - 50, _LEAST_NAME))]
    if width >= 60:
        columns.append(_bar(20))
    return [*columns, _Words(_count)]


def _name(width: int) -> ProgressColumn:
    return _Words(lambda task: shorten(task.description, width))


def _bar(width: int) -> ProgressColumn:
    return BarColumn(
        bar_width=width, complete_style="green", finished_style="green", pulse_style="green"
    )


def _percent(task: Task) -> str:
    return f"{task.percentage:3.0f} %" if task.total else ""


def _bytes(task: Task) -> str:
    if task.total is None:
        return format_size(task.completed)
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if task.total >= size:
            return f"{task.completed / size:.1f} of {task.total / size:.1f} {unit}"
    return f"{task.completed:.0f} of {task.total:.0f} B"


def _count(task: Task) -> str:
    count = f"{task.completed:,.0f}"
    return count if task.total is None else f"{count} of about {task.total:,.0f}"


def _rate_or_step(task: Task) -> str:
    if step := task.fields.get("step"):
        return f"{step}…"
    if task.speed is None:
        return ""
    rate = f"{format_size(task.speed)}/s"
    return rate if not task.time_remaining else f"{rate}  {_clock(task.time_remaining)} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
