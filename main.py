"""Reads environments/, builds every stack, synthesises: what `cdktf` runs."""

import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent

if __name__ == "__main__":
    import fast_synth

    fast_synth.enable(ROOT)

from cdktf import App

from backend.stack import StateBackend
from environments.load import Environment, load
from environments.tfvars import ConfigError
from modules.infrastructure.infrastructure import Infrastructure
from modules.platform.platform import Platform
from modules.stack import StackId
from modules.workflows.workflows import Workflows


def build(app: App, environments: Mapping[str, Environment]) -> None:
    """Adds every stack of every environment, and of the accounts that they are in."""
    for environment in environments.values():
        platform = Platform(app, environment.platform_id, environment.platform)
        for name, project in environment.projects.items():
            ids = [StackId(environment.name, module, name) for module in ("infrastructure", "workflows")]
            infrastructure = Infrastructure(app, ids[0], project, account=environment.platform)
            workflows = Workflows(app, ids[1], project, account=environment.platform)
            infrastructure.add_dependency(platform)
            workflows.add_dependency(infrastructure)
    accounts = {(e.platform.account_id, e.platform.region): e.platform for e in environments.values()}
    for (account_id, region), account in accounts.items():
        there = [e for e in environments.values() if (e.platform.account_id, e.platform.region) == (account_id, region)]
        StateBackend(app, account, projects=[id for e in there for id in e.stack_ids() if id.project])


if __name__ == "__main__":
    try:
        configured = load(ROOT / "environments")
    except ConfigError as error:
        sys.exit(str(error))
    cdktf_app = App()
    build(cdktf_app, configured)
    cdktf_app.synth()
