"""The events of `terraform apply -json`: https://developer.hashicorp.com/terraform/internals/machine-readable-ui"""

import json
from collections.abc import Callable, Sequence
from typing import Any

# Words for the actions of planned changes, as in Terraform's own plans.
_ACTIONS = {
    "create": "will be created",
    "update": "will be updated in-place",
    "delete": "will be destroyed",
    "replace": "must be replaced",
    "import": "will be imported",
    "move": "has moved",
}


NO_CHANGES = "No changes. Your infrastructure matches the configuration."


class Events:
    """Reader of the events of one run: progress while it lasts, then its counts and errors."""

    def __init__(
        self,
        report: Callable[[str, int, int | None], None],
        planned: Callable[[Sequence[str]], None] | None = None,
        total: int | None = None,
    ) -> None:
        self._report = report
        """Receives what is being done, and how many of how many changes are complete."""
        self._planned = planned
        """Receives the list of planned changes."""
        self._done, self._total = 0, total
        self._changes: list[str] = []
        self.counts: dict[str, int] = {}
        self.summary = ""
        self.errors: list[str] = []
        self.outputs: dict[str, Any] = {}

    def read(self, line: str) -> None:
        """Handle one line; lines that are not events, such as a crash of Terraform, are only in the log."""
        try:
            event = json.loads(line)
        except ValueError:
            return
        kind, hook = event.get("type"), event.get("hook", {})
        address = hook.get("resource", {}).get("addr", "")
        match kind:
            case "refresh_start":
                self._progress(f"refreshing {address}")
            case "planned_change":
                change = event["change"]
                if change["action"] in _ACTIONS:
                    self._changes.append(f"# {change['resource']['addr']} {_ACTIONS[change['action']]}")
            case "change_summary":
                self._summarise(event["changes"], event.get("@message", ""))
            case "apply_start":
                self._progress(address)
            case "apply_progress":
                self._progress(f"{address} ({hook['elapsed_seconds']:.0f} s)")
            case "apply_complete":
                self._done += 1
                self._progress(address)
            case "outputs":
                self.outputs = event["outputs"]
            case "diagnostic" if event["diagnostic"]["severity"] == "error":
                self.errors.append(": ".join(filter(None, map(event["diagnostic"].get, ("summary", "detail")))))

    def _summarise(self, changes: dict[str, Any], message: str) -> None:
        counts = {"added": changes["add"], "changed": changes["change"], "destroyed": changes["remove"]}
        if changes.get("import"):
            counts = {"imported": changes["import"], **counts}
        if changes["operation"] == "plan":
            self._total = sum(counts.values())
            if self._planned:
                self._planned([*self._changes, message if self._total else NO_CHANGES])
        else:
            self.counts, self.summary = counts, message

    def _progress(self, now: str) -> None:
        self._report(now, self._done, self._total)
