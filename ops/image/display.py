"""How far something is that takes a while, such as a build or a push."""

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ops.terraform.run import QUIET_SECONDS


class Display:
    """A bar on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, title: str = "image") -> None:
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}"),
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
        """Says what is going on, and how much of it is done."""
        self._live.update(self._task, completed=done, total=total, now=now[:60])
        if self._live.disable and time.monotonic() - self._last > QUIET_SECONDS:
            self._console.print(f"  {self._title}: {now}", highlight=False, soft_wrap=True)
            self._last = time.monotonic()
