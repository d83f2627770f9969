"""What ends a command with one line instead of a traceback."""

import sys

from ops import disk


class OpsError(Exception):
    """The operator can mend it; the message says how."""


def ended(error: Exception) -> int:
    """Says what ended a command, one line for each problem; the exit code. Raises the error again if it is a mistake of ours."""
    if isinstance(error, OSError) and not disk.reason(error):
        raise error
    # What fails on a full disk seldom says so: the disk is asked.
    full = disk.reason(error) if isinstance(error, OSError) else disk.full()
    first = str(error).partition("\n")[0]
    lines = [f"{full} ({first})"] if full else str(error).splitlines()
    print("\n".join(f"error: {line}" for line in lines), file=sys.stderr)
    return 1
