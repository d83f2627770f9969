"""`make demo` and `make down`: the environment ``local``, from nothing and back."""

import json
import time
from collections.abc import Callable
from typing import TypeVar

from rich.console import Console

from environments.load import Environment
from ops import stacks, terraform
from ops.account import Account, account_of
from ops.bootstrap import LOG, prepare, teardown
from ops.cdktf import check_node
from ops.local_aws import server
from ops.paths import LOCAL, ROOT
from ops.run import Outcome, cdktf
from ops.show import deployed_stacks, print_table

Result = TypeVar("Result")
ENVIRONMENT = "local"
# Under which start of the emulator something was deployed; the emulator forgets everything when it stops.
_DEPLOYED = LOCAL / "deployed.json"


def demo(console: Console) -> None:
    """Deploys everything of ``local`` and shows it; a second run changes nothing and says so."""
    started = time.monotonic()
    environment = _check()
    account = _stage(console, "1/4 local AWS", lambda: _start(environment, console))
    _stage(console, "2/4 remote state", lambda: prepare(environment, account, console))
    # The backend stack only configures what is there already: the others need not wait for it.
    names = [stacks.backend_name(environment.platform), *(id.name for id in environment.stack_ids())]
    deployed = _stage(
        console,
        "3/4 cdktf deploy",
        lambda: cdktf("deploy", names, account.variables, log=LOG, console=console),
    )
    console.print(f"  {deployed}", highlight=False)
    _stage(console, "4/4 what is there", lambda: print_table(environment, account, console))
    _remember()
    seconds = time.monotonic() - started
    console.print(
        f"{'Deployed' if deployed.changed else 'Nothing changed: everything was there already'} ({seconds:.0f} s).",
        highlight=False,
    )


def down(console: Console) -> None:
    """Destroys what demo() deployed, then stops the local AWS."""
    environment = stacks.environment(ENVIRONMENT)
    if server.running(ROOT) is None:
        _DEPLOYED.unlink(missing_ok=True)
        console.print("The local AWS is not running: nothing to take down.")
        return
    account = account_of(environment.platform)
    names = deployed_stacks(environment, account)
    outcome = Outcome()
    if names:
        outcome = _stage(
            console,
            f"destroying {', '.join(names)}",
            lambda: cdktf("destroy", names, account.variables, log=LOG, console=console),
        )
        console.print(f"  {outcome}", highlight=False)
    _stage(console, "destroying the remote state", lambda: teardown(environment, account, console))
    server.stop(ROOT)
    _DEPLOYED.unlink(missing_ok=True)
    console.print("Everything is destroyed, and the local AWS is stopped.")


def _check() -> Environment:
    """Everything that can be missing, before anything is started."""
    check_node()
    terraform.check_version()
    terraform.provider_settings()
    return stacks.environment(ENVIRONMENT)


def _start(environment: Environment, console: Console) -> Account:
    account = account_of(environment.platform, start=True)
    running = server.running(ROOT)
    if running and _remembered() not in (None, running.run_id):
        console.print("  The local AWS was restarted since the last deploy and has forgotten it: building it again.")
    if running:
        console.print(
            f"  {running.endpoint_url}, log in {LOCAL / 'aws' / 'emulator.log'}", highlight=False, soft_wrap=True
        )
    return account


def _remembered() -> str | None:
    try:
        return str(json.loads(_DEPLOYED.read_text())["run_id"])
    except (OSError, ValueError, KeyError):
        return None


def _remember() -> None:
    if running := server.running(ROOT):
        _DEPLOYED.write_text(json.dumps({"run_id": running.run_id}))


def _stage(console: Console, title: str, work: Callable[[], Result]) -> Result:
    console.print(f"[bold]{title}[/bold]", highlight=False)
    return work()
