"""Results of the engine."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Verb = Literal["deploy", "destroy", "diff"]
Outcome = Literal["deployed", "destroyed", "planned", "failed", "skipped", "dismissed", "interrupted"]
# The outcome of a verb that succeeded.
SUCCESS: Mapping[Verb, Outcome] = {"deploy": "deployed", "destroy": "destroyed", "diff": "planned"}


@dataclass(frozen=True)
class Result:
    """Result of one stack."""

    stack: str
    outcome: Outcome
    why: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    """Resources imported, added, changed, destroyed."""
    seconds: float = 0
    summary: str = ""
    """Terraform's own sentence."""
    outputs: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The result as JSON, without outputs, which may be sensitive."""
        return {key: value for key, value in asdict(self).items() if key not in ("outputs", "summary")}

    @property
    def complete(self) -> bool:
        """True if the verb succeeded for the stack."""
        return self.outcome in SUCCESS.values()

    def __str__(self) -> str:
        if self.outcome == "destroyed":
            return f"{self.counts.get('destroyed', 0)} resources"
        done = ", ".join(f"{number} {what}" for what, number in self.counts.items() if number)
        return self.why or done or "no resource changed"
