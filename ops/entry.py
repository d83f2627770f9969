"""Entry point that `ops` and `cdktf` share: signals, and errors without a traceback."""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from configuration.problems import ConfigError
from local_aws.errors import LocalAwsError, report_error
from ops.errors import OpsError
from ops.interrupts import INTERRUPTS, Interrupted
from ops.terminal import error


def run_command(command: Callable[[], object]) -> NoReturn:
    """Run a command and exit: with 1 after an error, with 128 plus the number of the signal after a signal."""
    INTERRUPTS.report = error
    code: object = 0
    with INTERRUPTS.handled():
        try:
            command()
        except Interrupted as interrupted:
            error(str(interrupted))
            code = interrupted.exit_code
        except (ConfigError, OpsError, LocalAwsError, OSError) as problem:
            code = report_error(problem)
        except SystemExit as end:
            code = end.code
        if INTERRUPTS.received is not None:
            # Ctrl-C has also ended Node, to which jsii would write at exit: it would print a traceback.
            os._exit(code if isinstance(code, int) else 1)
    sys.exit(code)  # type: ignore[arg-type]
