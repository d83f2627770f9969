"""The error that ends a command with one message instead of a traceback."""


class OpsError(Exception):
    """An error that the operator can fix; the message says how."""
