"""Reads environments/, builds the stacks, synthesises: what `cdktf` runs."""

import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

ROOT = Path(__file__).parent

if __name__ == "__main__":
    import fast_synth

    fast_synth.enable(ROOT, meanwhile=("pydantic", "hcl2"))

from cdktf import App

from backend.stack import BackendId, StateBackend
from environments import ConfigError, Environment, backends, load


def build(app: App, environments: Mapping[str, Environment], only: Collection[str] = ()) -> None:
    """Adds every stack, or those named in ``only``; each waits for what it builds on, where that is there too."""
    for environment in environments.values():
        made = {id: make(app) for id, make in environment.stacks().items() if not only or id.name in only}
        for id, stack in made.items():
            if id.base in made:
                stack.add_dependency(made[id.base])
    for account, projects in backends(environments):
        if not only or BackendId.of(account).name in only:
            StateBackend(app, account, projects=projects)


if __name__ == "__main__":
    try:
        configured = load(ROOT / "environments")
    except ConfigError as error:
        sys.exit(str(error))
    cdktf_app = App()
    build(cdktf_app, configured, os.environ.get("AIRFLOW_ON_AWS_STACKS", "").split())
    cdktf_app.synth()
