"""Errors that end a command with one message instead of a traceback."""

import sys

from local_aws import disk


class LocalAwsError(Exception):
    """An error of the local AWS that the user can fix; the message says how."""


def report_error(error: Exception) -> int:
    """Print an error, one line for each problem, and return the exit code. A programming error is raised again."""
    if isinstance(error, OSError) and not disk.reason(error):
        raise error
    # Programs seldom report a full disk as the cause of their failure, so the disk itself is checked.
    full = disk.reason(error) if isinstance(error, OSError) else disk.full()
    first = str(error).partition("\n")[0]
    lines = [f"{full} ({first})"] if full else str(error).splitlines()
    print("\n".join(f"error: {line}" for line in lines), file=sys.stderr)
    return 1
