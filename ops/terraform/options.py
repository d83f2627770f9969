"""Flags of a command that reach Terraform."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TerraformOptions:
    """Flags of a command that reach Terraform."""

    parallelism: int = 30
    """Resources at a time. More than Terraform's 10: most of an apply is waiting for AWS."""
    refresh_only: bool = False
    migrate_state: bool = False
    variables: Sequence[str] = ()
    """`-var=…` and `-var-file=…`, as given."""
    targets: Sequence[str] = ()
    """Addresses of the only resources to deploy."""
    colour: bool = False
