"""Bringing up the remote state of an account, and taking it down again."""

import json
import shutil
import subprocess
from pathlib import Path

from rich.console import Console

from backend.bootstrap import bootstrap as make_bucket_and_table
from backend.resume import resume
from configuration.environment import Environment
from ops.account import Account
from ops.cdktf.command import environment_of
from ops.errors import OpsError
from ops.paths import LOCAL, ROOT
from ops.stacks import selection
from ops.stacks.states import states
from ops.terraform.install import provider_settings
from ops.terraform.run import Outcome, cdktf, terraform

LOG = LOCAL / "cdktf.log"


def bootstrap(environment: Environment, account: Account, console: Console) -> Outcome:
    """Makes the bucket and the lock table if they are missing, then deploys the backend stack onto them."""
    prepare(environment, account, console)
    names = [selection.backend_name(environment.platform)]
    try:
        return cdktf("deploy", names, account.variables, log=LOG, console=console)
    except OpsError:
        # A lock whose request was answered too late is ours without Terraform knowing: the SDK asked twice.
        if not resume(account.client, environment.platform, account.variables.get("AWS_ENDPOINT_URL")):
            raise
        return cdktf("deploy", names, account.variables, log=LOG, console=console)


def prepare(environment: Environment, account: Account, console: Console) -> None:
    """Makes the bucket and the lock table if they are missing: from then on every stack can be deployed."""
    account.check()
    config = environment.platform
    tags = {**config.tags, "Environment": "backend", "Module": "backend", "Owner": config.owner, "ManagedBy": "cdktf"}
    made = make_bucket_and_table(account.client, config, tags)
    for line in [
        *(f"created {name}" for name in made),
        *resume(account.client, config, account.variables.get("AWS_ENDPOINT_URL")),
    ]:
        console.print(f"  {line}", highlight=False)


def teardown(environment: Environment, account: Account, console: Console) -> bool:
    """Destroys the remote state of the environment's account; False where there is none.

    Refused while a stack's state there still holds resources: nobody could ever destroy those again.
    """
    account.check()
    config = environment.platform
    name = selection.backend_name(config)
    folder = LOCAL / "teardown" / name
    if not account.has_state_bucket():
        shutil.rmtree(folder, ignore_errors=True)
        return False
    used = [state for state in states(account) if state.resources and state.key != "backend.tfstate"]
    if used:
        keys = ", ".join(f"{state.key} ({state.resources} resources)" for state in used)
        raise OpsError(f"bucket {config.state_bucket} still holds the state of {keys}: destroy those stacks first")
    variables = {**provider_settings()[0], **account.variables}
    local_state = folder / "terraform.tfstate"
    synthesised = _synthesise_removable(config.account_id, config.region, folder)
    if not local_state.exists():
        terraform(["init", "-reconfigure"], synthesised, variables, log=LOG)
        # The state leaves the bucket before the bucket goes.
        _override(synthesised, local_state)
        terraform(["init", "-migrate-state", "-force-copy"], synthesised, variables, log=LOG)
    else:
        _override(synthesised, local_state)
        terraform(["init", "-reconfigure"], synthesised, variables, log=LOG)
    console.print("  lifting the locks on data, then destroying", highlight=False)
    terraform(["apply", "-auto-approve"], synthesised, variables, log=LOG)
    terraform(["destroy", "-auto-approve"], synthesised, variables, log=LOG)
    shutil.rmtree(folder)
    return True


def _override(folder: Path, local_state: Path) -> None:
    backend = {"terraform": {"backend": {"local": {"path": str(local_state)}}}}
    (folder / "override.tf.json").write_text(json.dumps(backend))


def _synthesise_removable(account_id: str, region: str, folder: Path) -> Path:
    """The backend stack without its locks on data and without policies, below ``folder``."""
    import sys

    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "fast_synth", "-m", "backend.removable", account_id, region, str(folder / "out")]
    answer = subprocess.run(command, cwd=ROOT, env=environment_of({}), capture_output=True, text=True, check=False)
    if answer.returncode:
        raise OpsError(f"the backend stack could not be synthesised: {answer.stderr.strip().splitlines()[-1]}")
    return Path(answer.stdout.strip())
