"""Progress of work that takes a while: bars on a terminal, lines elsewhere."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from ops.terminal import check_reader, print_text

# Without a terminal a line for each row appears at least this often, in seconds.
QUIET_SECONDS = 30.0
# Widths in columns: with the bar, the numbers and the time, 80 columns have 22 left for what is being done.
_TITLE, _BAR = 28, 8


class Row:
    """Row of a display, for one piece of work."""

    def __init__(self, display: "ProgressDisplay", title: str) -> None:
        self._display = display
        self.title = title
        self.now = ""
        self.done = 0
        self.total: int | None = None
        self.started = self.printed = time.monotonic()
        self.task: TaskID | None = None

    def show(self, now: str, done: int = 0, total: int | None = None) -> None:
        """Show the current step, and how many of how many are complete."""
        self.now, self.done, self.total = now, done, total
        self._display.update(self)

    def end(self) -> None:
        """Remove the row."""
        self._display.remove(self)

    def __str__(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        number = f"{self.done} of {self.total}, " if self.total else ""
        return f"{self.title}: {number}{self.now} ({minutes}:{seconds:02})"


class ProgressDisplay:
    """Rows of work in progress, in at most 80 columns. A context manager; rows may be updated from any thread."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Progress(
            TextColumn("  {task.description}", markup=False, table_column=_column(max_width=_TITLE + 2)),
            BarColumn(bar_width=_BAR),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}", markup=False, table_column=_column(ratio=1)),
            console=console,
            disable=not console.is_terminal,
            expand=True,
        )
        self._guard = threading.RLock()
        self._rows: list[Row] = []
        self._ended = threading.Event()
        self._reminder = threading.Thread(target=self._remind, daemon=True)

    def __enter__(self) -> "ProgressDisplay":
        self._live.start()
        self._reminder.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._live.stop()

    def row(self, title: str) -> Row:
        """Add a row."""
        row = Row(self, title)
        with self._guard:
            self._rows.append(row)
            row.task = self._live.add_task(title, total=None, now="")
        return row

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Pause the display while a prompt uses the terminal."""
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def update(self, row: Row) -> None:
        """Redraw a row; called by the row."""
        if row.task is not None and row in self._rows:
            self._live.update(row.task, completed=row.done, total=row.total, now=row.now)
        if self._live.disable:
            self._print_if_quiet(row)

    def remove(self, row: Row) -> None:
        """Redraw a row; called by the row."""
        with self._guard:
            if row in self._rows:
                self._rows.remove(row)
                if row.task is not None:
                    self._live.remove_task(row.task)

    def _remind(self) -> None:
        while not self._ended.wait(1):
            check_reader(self._console)
            for row in list(self._rows) if self._live.disable else ():
                self._print_if_quiet(row)

    def _print_if_quiet(self, row: Row) -> None:
        with self._guard:
            if row.now and time.monotonic() - row.printed > QUIET_SECONDS:
                row.printed = time.monotonic()
                print_text(self._console, f"  {row}")


def _column(max_width: int | None = None, ratio: int | None = None) -> Column:
    return Column(no_wrap=True, overflow="ellipsis", max_width=max_width, ratio=ratio)
