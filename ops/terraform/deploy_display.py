"""How far a deploy of many stacks is: bars on a terminal, lines elsewhere."""

import threading

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_COLOURS = {"deployed": "green", "failed": "red", "skipped": "yellow", "interrupted": "yellow"}


class DeployDisplay:
    """A bar over all stacks, and below it a line for each that is being deployed."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._live = Progress(
            *columns, TextColumn("{task.fields[now]}"), console=console, disable=not console.is_terminal
        )
        self._console = console
        self._all: TaskID | None = None
        self._tasks: dict[str, TaskID] = {}
        self._guard = threading.Lock()

    def __enter__(self) -> "DeployDisplay":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def expect(self, stacks: int) -> None:
        """How many there are to deploy; more may follow."""
        self._all = self._live.add_task("stacks", total=stacks, now="")

    def begin(self, stack: str) -> None:
        """It is this stack's turn."""
        with self._guard:
            self._tasks[stack] = self._live.add_task(f"  {stack}", total=None, now="")
            if self._live.disable:
                self._console.print(f"  {stack}: deploying", highlight=False, soft_wrap=True)

    def say(self, stack: str, text: str) -> None:
        """What it is at."""
        self._live.update(self._tasks[stack], now=escape(text[:70]))

    def end(self, stack: str, outcome: str, text: str) -> None:
        """It is through."""
        with self._guard:
            if stack in self._tasks:
                self._live.remove_task(self._tasks.pop(stack))
            if self._all is not None:
                self._live.advance(self._all)
            colour = _COLOURS[outcome]
            self._console.print(
                f"  {stack}: [{colour}]{outcome}[/{colour}], {escape(text)}", highlight=False, soft_wrap=True
            )
