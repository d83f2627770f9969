"""Deletion of the folder of a branch environment."""

import shutil

from ops.branch import PREFIX
from ops.branch.lifetimes import account_states, states_of
from ops.errors import OpsError
from ops.paths import ENVIRONMENTS
from ops.stacks import selection


def remove_folder(name: str) -> str:
    """Delete the folder and return its name; raises OpsError while the environment is deployed."""
    environment = selection.environment(f"{PREFIX}{name}")
    if environment.platform.expires is None:
        raise OpsError(
            f"{environment.name} has no expiry date, so it is no branch environment: delete its folder by hand"
        )
    used = states_of(environment.name, account_states(environment.platform))
    if used:
        keys = ", ".join(f"{state.key} ({state.resources} resources)" for state in used)
        known = {id.state_key: id.name for id in environment.stack_ids()}
        names = " ".join(known[state.key] for state in used if state.key in known)
        raise OpsError(f"{environment.name} is still deployed, {keys}: run `pipenv run cdktf destroy {names}` first")
    shutil.rmtree(ENVIRONMENTS / environment.name)
    return environment.name
