"""Entry point that `ops` and `cdktf` share: signals, and errors without a traceback."""

from collections.abc import Callable

from configuration.problems import ConfigError
from local_aws.errors import LocalAwsError, report_error
from ops.errors import OpsError
from ops.interrupts import INTERRUPTS, Interrupted
from ops.terminal import error


def run_command(command: Callable[[], object]) -> int:
    """Run a command and return its exit code: 1 after an error of the operator, 128 and the signal's number after a signal."""
    INTERRUPTS.report = error
    with INTERRUPTS.handled():
        try:
            command()
        except Interrupted as interrupted:
            error(str(interrupted))
            return interrupted.exit_code
        except (ConfigError, OpsError, LocalAwsError, OSError) as problem:
            return report_error(problem)
    return 0
