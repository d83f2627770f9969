"""Fall back to stock CDKTF."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class UnsupportedSetup(Exception):  # noqa: N818 - not an error: the program runs on stock CDKTF
    """Fast synthesis does not support this project or its packages; the message is the reason."""


@contextmanager
def stock_cdktf_on_failure() -> Iterator[None]:
    """Report a failure on standard error and go on: fast synthesis is optional and must not fail the program."""
    try:
        yield
    except Exception as error:
        reason = str(error) if isinstance(error, UnsupportedSetup) else f"{type(error).__name__}: {error}"
        print(f"fast_synth: using stock CDKTF, which is slower, because {' '.join(reason.split())}", file=sys.stderr)
