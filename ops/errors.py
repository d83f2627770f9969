"""What ends a command with one line instead of a traceback."""


class OpsError(Exception):
    """The operator can mend it; the message says how."""
