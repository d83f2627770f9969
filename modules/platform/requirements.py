"""Additions to a component's container, for an executor or a broker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modules.container import Container
from modules.iam import Statement


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """Settings, secrets, permissions and sidecar containers that a component needs in addition to its own."""

    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variable: ARN of the secret that ECS injects."""
    statements: Sequence[Statement] = ()
    sidecars: Sequence[Container] = ()

    def __add__(self, other: "Requirements") -> "Requirements":
        """Return the requirements of both."""
        return Requirements(
            settings={**self.settings, **other.settings},
            secrets={**self.secrets, **other.secrets},
            statements=[*self.statements, *other.statements],
            sidecars=[*self.sidecars, *other.sidecars],
        )
