"""Reads environments/, builds the stacks, synthesises: what `cdktf` runs."""

import os
import sys
from collections.abc import Container, Mapping
from pathlib import Path

ROOT = Path(__file__).parent
WANTED = os.environ.get("AIRFLOW_ON_AWS_STACKS", "").split()


def most_projects() -> int:
    """How many projects may be wanted, as far as names of files tell."""
    every = sum(1 for _ in ROOT.glob("environments/*/projects/*.tfvars"))
    return min(every, len(WANTED)) if WANTED and not set("".join(WANTED)) & set("*?[") else every


if __name__ == "__main__":
    import fast_synth
    from fast_synth import shares

    if (processes := shares.processes(most_projects())) > 1:
        sys.exit(shares.synthesise(Path(__file__), Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out")), processes))
    fast_synth.enable(ROOT, meanwhile=("pydantic", "hcl2"))

from cdktf import App

from backend.digests import write_digests
from backend.stack import StateBackend
from backend.stack_id import BackendId
from configuration import ConfigError, Environment, Selection, backends, load
from fast_synth.kept_stacks import KeptStacks


def build(
    app: App, environments: Mapping[str, Environment], wanted: Container[str], kept: KeptStacks | None = None
) -> None:
    """Adds the wanted stacks that are not kept; each waits for what it builds on, where that is wanted too."""
    for environment in environments.values():
        made = {}
        for id, recipe in environment.stacks().items():
            base = id.base.name if id.base else None
            if id.name in wanted and not (kept and kept.has(id.name, *recipe.values, base=base)):
                made[id] = recipe.make(app)
        for id, stack in made.items():
            if id.base in made:
                stack.add_dependency(made[id.base])
    for account, projects in backends(environments):
        name, values = BackendId.of(account).name, (account.model_dump_json(), *(id.name for id in projects))
        if name in wanted and not (kept and kept.has(name, *values)):
            StateBackend(app, account, projects=projects)


if __name__ == "__main__":
    share = shares.Share(Selection(WANTED))
    try:
        configured = load(ROOT / "environments", share)
    except ConfigError as error:
        sys.exit(str(error))
    cdktf_app = App()
    kept_stacks = KeptStacks(ROOT)
    build(cdktf_app, configured, share, kept_stacks)
    cdktf_app.synth()
    kept_stacks.complete(Path(cdktf_app.outdir), whole=share.whole)
    write_digests(Path(cdktf_app.outdir))
