"""Terraform on one synthesised stack: init, plan, apply, destroy."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from ops.errors import OpsError
from ops.interrupts import INTERRUPTS, Interrupted, Interrupts
from ops.terraform import install
from ops.terraform.events import Events
from ops.terraform.lock import describe_holder
from ops.terraform.options import TerraformOptions
from ops.terraform.plan import errors_in, number_of_changes, plan_text
from ops.terraform.process import run_terraform
from ops.terraform.working_folder import ERRORED_STATE

PLAN_FILE = "tfplan"
Report = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Plan:
    """A saved plan."""

    text: str
    """As Terraform prints it."""
    changes: int
    """Resources to import, add, change and destroy."""
    empty: bool


@dataclass(frozen=True)
class StackTerraform:
    """Terraform in the working folder of one stack.

    Every method raises OpsError with Terraform's errors and the path of the log, and Interrupted after a signal.
    """

    folder: Path
    environment: Mapping[str, str]
    _: KW_ONLY
    log: Path
    report: Report
    options: TerraformOptions = field(default_factory=TerraformOptions)
    interrupts: Interrupts = INTERRUPTS
    planned: Callable[[Sequence[str]], None] | None = None
    """Receives the list of planned changes."""

    def init(self, *arguments: str) -> None:
        """Initialise the folder: backend and provider."""
        self.report("init", 0, None)
        migration = ["-migrate-state", "-force-copy"] if self.options.migrate_state else ["-reconfigure"]
        # Two that install a provider into one plugin cache at a time damage it.
        with install.plugin_cache_lock() if "TF_PLUGIN_CACHE_DIR" in self.environment else nullcontext():
            self._run("init", [*(arguments or migration), "-no-color"])

    def plan(self, *, destroy: bool = False) -> Plan:
        """Create a plan and save it for apply()."""
        self.report("plan", 0, None)
        flags = [f"-out={PLAN_FILE}", "-detailed-exitcode", *self._flags(destroy=destroy)]
        flags += [] if self.options.colour else ["-no-color"]
        lines: list[str] = []
        code = self._run("plan", flags, lines, success=(0, 2))
        return Plan(plan_text(lines), number_of_changes(lines), empty=code == 0)

    def apply(self, plan: Plan | None = None, *, destroy: bool = False) -> Events:
        """Apply the saved plan, or plan and apply in one step; with ``destroy`` destroy every resource."""
        self.report("apply", 0, None)
        events = Events(self.report, self.planned, plan.changes if plan else None)
        if plan:
            arguments = ["-json", f"-parallelism={self.options.parallelism}", PLAN_FILE]
        else:
            arguments = ["-json", "-auto-approve", *self._flags(destroy=destroy)]
        self._run("apply", arguments, read=events.read, errors=events.errors)
        if destroy:  # with the words of `terraform destroy`, also after a saved plan
            events.summary = f"Destroy complete! Resources: {events.counts.get('destroyed', 0)} destroyed."
        return events

    def _flags(self, *, destroy: bool) -> list[str]:
        options = self.options
        modes = ["-destroy"] * destroy + ["-refresh-only"] * options.refresh_only
        targets = [f"-target={address}" for address in options.targets]
        return [*modes, f"-parallelism={options.parallelism}", *targets, *options.variables]

    def _run(
        self,
        subcommand: str,
        arguments: list[str],
        lines: list[str] | None = None,
        *,
        read: Callable[[str], None] | None = None,
        errors: list[str] | None = None,
        success: Sequence[int] = (0,),
    ) -> int:
        lines = [] if lines is None else lines
        code = run_terraform(
            subcommand,
            arguments,
            self.folder,
            self.environment,
            log=self.log,
            interrupts=self.interrupts,
            read=read or lines.append,
        )
        if code in success:
            return code
        if (self.folder / ERRORED_STATE).exists():
            raise OpsError(
                f"the state could not be uploaded and is in {self.folder / ERRORED_STATE}: before the next deploy run "
                f"`terraform init` and `terraform state push {ERRORED_STATE}` there (docs/how-to/state.md)"
            )
        if self.interrupts.received is not None:
            raise Interrupted(self.interrupts.received)
        reason = "; ".join(dict.fromkeys(self._reason(text) for text in errors or errors_in(lines)))
        reason = reason or f"exit code {code}"
        raise OpsError(f"terraform {subcommand} failed: {reason} (log: {self.log})")

    def _reason(self, error: str) -> str:
        """Return the error as a single line; for a held lock, describe the holder."""
        held = describe_holder(error, self.folder.name, self.environment.get("AWS_ENDPOINT_URL"))
        return held or " ".join(error.split())
