"""Reads environments/, builds the stacks, synthesises: what `cdktf` runs."""

import os
import sys
from collections.abc import Container, Mapping
from pathlib import Path

ROOT = Path(__file__).parent

if __name__ == "__main__":
    import fast_synth

    fast_synth.enable(ROOT, meanwhile=("pydantic", "hcl2"))

from cdktf import App

from backend.configuration import record
from backend.stack import BackendId, StateBackend
from environments import ConfigError, Environment, Selection, backends, load


def build(app: App, environments: Mapping[str, Environment], wanted: Container[str]) -> None:
    """Adds the wanted stacks; each waits for what it builds on, where that is wanted too."""
    for environment in environments.values():
        made = {id: make(app) for id, make in environment.stacks().items() if id.name in wanted}
        for id, stack in made.items():
            if id.base in made:
                stack.add_dependency(made[id.base])
    for account, projects in backends(environments):
        if BackendId.of(account).name in wanted:
            StateBackend(app, account, projects=projects)


if __name__ == "__main__":
    selected = Selection(os.environ.get("AIRFLOW_ON_AWS_STACKS", "").split())
    try:
        configured = load(ROOT / "environments", selected)
    except ConfigError as error:
        sys.exit(str(error))
    cdktf_app = App()
    build(cdktf_app, configured, selected)
    cdktf_app.synth()
    record(Path(cdktf_app.outdir))
