"""Terraform processes on this machine."""

from collections.abc import Iterator
from pathlib import Path

import psutil


def terraform_processes(stack: str, endpoint: str | None) -> Iterator[psutil.Process]:
    """Yield the Terraform processes that work on a stack, from any checkout.

    ``endpoint`` is the AWS_ENDPOINT_URL of the AWS emulator, or None for AWS.
    """
    for process in psutil.process_iter(["name", "cwd", "environ"]):
        folder, variables = process.info["cwd"], process.info["environ"] or {}
        at_work = process.info["name"] == "terraform" and folder and Path(folder).name == stack
        if at_work and variables.get("AWS_ENDPOINT_URL") == endpoint:
            yield process


def command_of(process: psutil.Process) -> str:
    """Return the command that started a Terraform process, `cdktf …` or `ops …`, or Terraform's own command line."""
    parent = process.parent()
    words = parent.cmdline() if parent else []
    for module in ("ops.cdktf", "ops"):
        if module in words:
            return " ".join([module.removeprefix("ops."), *words[words.index(module) + 1 :]])
    return " ".join(process.cmdline())
