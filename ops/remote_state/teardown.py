"""Destroy the remote state of an account."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from configuration.environment import Environment
from ops.account import Account
from ops.errors import OpsError
from ops.interrupts import INTERRUPTS
from ops.paths import LOCAL, ROOT
from ops.progress import ProgressDisplay
from ops.stacks import selection
from ops.stacks.states import read_states
from ops.terraform.environment import environment_of
from ops.terraform.install import provider_settings
from ops.terraform.stack import StackTerraform


def teardown(environment: Environment, account: Account, console: Console) -> bool:
    """Destroy the remote state of the environment's account; return False where there is none.

    Raises OpsError while a stack's state there still holds resources: without it they could never be destroyed. Interrupted
    anywhere, it can be run again: the folder with the state of the bucket stays until the bucket is gone.
    """
    account.check()
    config = environment.platform
    name = selection.backend_ref(config).name
    folder = LOCAL / "teardown" / name
    if not account.has_state_bucket():
        shutil.rmtree(folder, ignore_errors=True)
        return False
    used = [state for state in read_states(account) if state.resources and state.key != "backend.tfstate"]
    if used:
        keys = ", ".join(f"{state.key} ({state.resources} resources)" for state in used)
        raise OpsError(f"bucket {config.state_bucket} still holds the state of {keys}: destroy those stacks first")
    local_state = folder / "terraform.tfstate"
    synthesised = _synthesise_removable(config.account_id, config.region, folder)
    with ProgressDisplay(console) as display, INTERRUPTS.deferred():
        terraform = StackTerraform(
            synthesised,
            environment_of({**provider_settings(), **account.variables}),
            log=folder / f"{name}.log",
            report=display.row(name).show,
        )
        if not local_state.exists():
            terraform.init()
            # The state leaves the bucket before the bucket is destroyed.
            _use_local_state(synthesised, local_state)
            terraform.init("-migrate-state", "-force-copy")
        else:
            _use_local_state(synthesised, local_state)
            terraform.init()
        terraform.apply()  # removes the protection of the data
        terraform.apply(destroy=True)
    shutil.rmtree(folder)
    return True


def _use_local_state(folder: Path, local_state: Path) -> None:
    backend = {"terraform": {"backend": {"local": {"path": str(local_state)}}}}
    (folder / "override.tf.json").write_text(json.dumps(backend))


def _synthesise_removable(account_id: str, region: str, folder: Path) -> Path:
    """Synthesise the backend stack without the protection of its data and without policies, below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "fast_synth", "-m", "backend.removable", account_id, region, str(folder / "out")]
    answer = subprocess.run(command, cwd=ROOT, env=environment_of({}), capture_output=True, text=True, check=False)
    if answer.returncode:
        raise OpsError(f"the backend stack could not be synthesised: {answer.stderr.strip().splitlines()[-1]}")
    return Path(answer.stdout.strip())
