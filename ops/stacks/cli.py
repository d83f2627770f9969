"""`ops changed` and `ops deploy`."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from ops.terminal import console, print_text

if TYPE_CHECKING:
    from ops.stacks.changed import Difference, Snapshot
    from ops.terraform.result import Result
    from ops.terraform.working_folder import WorkingFolder

Name = Annotated[str | None, typer.Argument(metavar="[ENV]", help="A folder of environments/; by default all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def changed(environment: Name = None, as_json: AsJson = False) -> None:
    """List the stacks whose configuration is not what is deployed: new, changed, or gone from the files.

    It compares with the states, not with AWS: `cdktf diff` also finds what was changed by hand.
    """
    from ops.stacks.changed import gone

    with _snapshot(environment, console(stderr=True), bootstrapped=False) as (_, snapshot):
        found = [*snapshot.differences(), *gone(snapshot.stacks, snapshot.states, environment)]
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
    elif found:
        _print_differences(found, console())
    else:
        number = len(snapshot.stacks)
        print_text(console(), f"Nothing: all {number} stacks are deployed as they are configured.")


def deploy(
    environment: Name = None,
    only_changed: Annotated[bool, typer.Option("--changed", help="Only the stacks that `ops changed` lists.")] = False,
    parallelism: Annotated[int, typer.Option(min=1, help="Stacks at a time.")] = os.cpu_count() or 1,
    auto_approve: Annotated[bool, typer.Option("--auto-approve", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Deploy the stacks of ENV, several at a time, bases first; a stack that fails stops only what builds on it.

    Exit code 1 if a stack failed or was skipped, 128 and the signal's number after a signal. A stack whose file is gone is
    not destroyed: `cdktf destroy` does that, while the file is there.
    """
    from ops.terraform.approval import check_terminal
    from ops.terraform.engine import Engine
    from ops.terraform.install import check_version

    check_version()
    out = console(stderr=as_json)
    with _snapshot(environment, out) as (folder, snapshot):
        expected = [stack.name for stack in snapshot.stacks]
        if only_changed:
            found = snapshot.differences()
            expected = [one.stack for one in found]
            if found:
                _print_differences(found, out)
        if expected and not auto_approve:
            check_terminal()
            typer.confirm(f"Deploy {len(expected)} stacks, and what reads from them?", abort=True, err=True)
        engine = Engine(folder, snapshot.folders, snapshot.accounts, out, parallelism=parallelism)
        engine.deployed = snapshot.reread
        if only_changed:
            engine.wanted = snapshot.differs
        results = engine.run("deploy", snapshot.stacks)
    _summarise(list(results.values()), out, as_json=as_json)
    raise typer.Exit(engine.exit_code)


@contextmanager
def _snapshot(
    environment: str | None, out: Console, *, bootstrapped: bool = True
) -> Iterator[tuple["WorkingFolder", "Snapshot"]]:
    """Reads the configuration, synthesises it and reads the states; raises OpsError."""
    from ops.stacks import selection
    from ops.stacks.changed import Snapshot
    from ops.stacks.states import accounts_of, check_bootstrapped
    from ops.stacks.synthesis import synthesise
    from ops.terraform.working_folder import WorkingFolder

    known = selection.environments([] if environment is None else [f"{environment}-*"])
    if environment is not None:
        selection.named(environment, known)
    stacks = selection.stacks_in(environment, known)
    accounts = accounts_of(stacks)
    if bootstrapped:
        check_bootstrapped(accounts)
    with WorkingFolder.create() as folder:
        names = [] if environment is None else [stack.name for stack in stacks]
        folders = synthesise(names, folder.synthesised, out)
        yield folder, Snapshot.read(stacks, accounts, folders)


def _print_differences(found: Iterable["Difference"], out: Console) -> None:
    _print(("Stack", "Is", "Because of"), ((one.stack, one.what, one.why) for one in found), out)


def _summarise(results: list["Result"], out: Console, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([one.document() for one in results], indent=2))
    elif results:
        rows = ((one.stack, one.outcome, str(one), f"{one.seconds:.0f} s") for one in results)
        _print(("Stack", "Outcome", "What", "Took"), rows, out)
    else:
        print_text(out, "Nothing to deploy.")


def _print(headings: Iterable[str], rows: Iterable[tuple[str, ...]], out: Console) -> None:
    table = Table(*headings)
    for row in rows:
        table.add_row(*row)
    out.print(table, markup=False)
