"""Where the commands print to."""

import os
import sys

from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """Standard output; wide where no terminal says how wide it is, and without emoji, which ARNs seem to contain.

    With ``stderr`` standard error, for what is going on while a program reads the output.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else 160
    return Console(emoji=False, width=width, stderr=stderr)
