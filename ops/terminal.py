"""Standard output and standard error of the commands."""

import os
import select
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

from rich.console import Console

from ops.interrupts import INTERRUPTS

# Width in columns where no terminal has one.
WIDTH = 160


def console(*, stderr: bool = False, colour: bool = True) -> Console:
    """Return a console on standard output; with ``stderr`` on standard error, while a program reads the output.

    It shows no emoji, which rich would find in ARNs, and colours only on a terminal, by NO_COLOR and FORCE_COLOR as
    https://no-color.org and https://force-color.org define them.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDTH
    return Console(file=cast(TextIO, _Output(stream)), emoji=False, width=width, no_color=not colour or None)


def print_text(console: Console, text: str, style: str = "") -> None:
    """Print text literally: without markup, colours of numbers, line breaks and truncation."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def error(text: str) -> None:
    """Print one line to standard error, as the commands print their errors."""
    _Output(sys.stderr).write(f"{text}\n")


def check_reader(console: Console) -> None:
    """Stop the command if the reader of the console's output is gone, even if nothing is being printed."""
    if isinstance(console.file, _Output):
        console.file.check()


class _Output:
    """Stream whose reader may go away: the command then stops as after Ctrl-C, instead of failing at some print."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            written = self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # the pipe is broken, the terminal hung up, or the stream is closed
            self._discard()
            INTERRUPTS.output_closed()
            return len(text)
        return written

    def check(self) -> None:
        with suppress(OSError, ValueError):
            poll = select.poll()
            poll.register(self._stream.fileno(), 0)  # only errors: POLLERR of a pipe, POLLHUP of a terminal
            if poll.poll(0):
                self._discard()
                INTERRUPTS.output_closed()

    def flush(self) -> None:
        """write() has done it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _discard(self) -> None:
        # Otherwise Python fails again when it flushes its buffer at exit.
        with open(os.devnull, "w") as nothing:  # noqa: PTH123 - a device
            os.dup2(nothing.fileno(), self._stream.fileno())
