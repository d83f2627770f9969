"""Progress of a long step, such as a build or a push."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ops.terraform.run import QUIET_SECONDS


class Display:
    """Progress bar on a terminal, and otherwise a line from time to time."""

    def __init__(self, console: Console, title: str = "image") -> None:
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}", markup=False),
        )
        self._live = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._live.add_task(title, total=None, now="")
        self._console = console
        self._title = title
        self._last = time.monotonic()

    def __enter__(self) -> "Display":
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, now: str, done: int = 0, total: int | None = None) -> None:
        """Show the current activity, and its progress."""
        self._live.update(self._task, completed=done, total=total, now=now[:60])
        if self._live.disable and time.monotonic() - self._last > QUIET_SECONDS:
            self._console.print(f"  {self._title}: {now}", highlight=False, markup=False, soft_wrap=True)
            self._last = time.monotonic()
