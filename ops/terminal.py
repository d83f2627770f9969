"""Where the commands print to."""

import os
import sys

from rich.console import Console


def console() -> Console:
    """Standard output; wide where no terminal says how wide it is, and without emoji, which ARNs seem to contain."""
    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 160
    return Console(emoji=False, width=width)
