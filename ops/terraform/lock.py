"""The holder of a state lock, read from the error of a Terraform that was refused."""

import getpass
import re
import socket
from contextlib import suppress

import psutil

from backend.processes import command_of, terraform_processes

# https://github.com/hashicorp/terraform/blob/v1.11.4/internal/backend/backendrun/operation_type.go
_OPERATIONS = {"OperationTypePlan": "a plan", "OperationTypeApply": "an apply", "OperationTypeRefresh": "a refresh"}


def describe_holder(error: str, stack: str, endpoint: str | None) -> str:
    """Return who holds the lock of the stack, since when and with which command, or nothing if the error is another one.

    The command is known for a holder on this machine; for any other the lock only names Terraform's operation.
    """
    info = dict(re.findall(r"^\s*(ID|Path|Operation|Who|Created):[ \t]*(.*?)\s*$", error, flags=re.M))
    if "Error acquiring the state lock" not in error or "Who" not in info:
        return ""
    operation = _OPERATIONS.get(info.get("Operation", ""), "another command")
    command = _local_command(stack, endpoint) if info["Who"] == f"{getpass.getuser()}@{socket.gethostname()}" else ""
    since = re.sub(r"\.\d+", "", info.get("Created", ""))
    return (
        f"Error acquiring the state lock of {info.get('Path', stack)}: {info['Who']} holds it since {since} for {operation}"
        f"{command}, lock {info.get('ID')}; wait until that has ended, or see docs/how-to/state.md if its process is gone"
    )


def _local_command(stack: str, endpoint: str | None) -> str:
    for process in terraform_processes(stack, endpoint):
        with suppress(psutil.Error):  # it ends meanwhile
            return f" by `{command_of(process)}` (pid {process.pid})"
    return ""
