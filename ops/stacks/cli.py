"""`ops changed` and `ops deploy`."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from ops.errors import OpsError
from ops.paths import LOCAL
from ops.terminal import console

if TYPE_CHECKING:
    from configuration.environment import Environment
    from ops.account import Account
    from ops.stacks.changed import Known
    from ops.stacks.selection import StackPlace
    from ops.terraform.deploy import Result

Name = Annotated[str | None, typer.Argument(metavar="[ENV]", help="A folder of environments/; by default all.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


@dataclass(frozen=True)
class Look:
    """What is configured, and what is deployed."""

    environments: Mapping[str, "Environment"]
    places: list["StackPlace"]
    accounts: Mapping[str, "Account"]
    folders: Mapping[str, Path]
    known: "Known"

    @classmethod
    def at(cls, environment: str | None) -> "Look":
        """Reads, synthesises and looks into the states; raises OpsError."""
        from ops.stacks import selection
        from ops.stacks.changed import accounts_of, known_states
        from ops.stacks.synthesis import synthesise

        words = [] if environment is None else [f"{environment}-*"]
        configured = selection.environments(words)
        if environment is not None:
            words.append(selection.backend_name(selection.named(environment, configured).platform))
        places = selection.places_of(environment, configured)
        accounts = accounts_of(places)
        folders = synthesise(words, LOCAL / "deploy" / (environment or "all"))
        return cls(configured, places, accounts, folders, known_states(accounts))


def changed(environment: Name = None, as_json: AsJson = False) -> None:
    """List the stacks whose configuration is not what is deployed: new, changed, or gone from the files.

    It asks the states, not AWS: `cdktf diff` also finds what was changed by hand.
    """
    from ops.stacks.changed import differences, gone

    look = Look.at(environment)
    found = [*differences(look.places, look.folders, look.known), *gone(look.places, look.known, environment)]
    if as_json:
        typer.echo(json.dumps([one.document() for one in found], indent=2))
        return
    if not found:
        console().print(f"Nothing: all {len(look.places)} stacks are deployed as they are configured.", highlight=False)
        return
    _print(("Stack", "Is", "Because of"), ((one.stack, one.what, one.why) for one in found), console())


def deploy(
    environment: Name = None,
    only_changed: Annotated[bool, typer.Option("--changed", help="Only the stacks that `ops changed` lists.")] = False,
    parallelism: Annotated[int, typer.Option(min=1, help="How many stacks at a time.")] = os.cpu_count() or 1,
    auto_approve: Annotated[bool, typer.Option("--auto-approve", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Deploy the stacks of ENV, several at a time, bases first; what fails stops only what builds on it.

    Exit code 1 if a stack failed or was skipped, 130 after an interruption. Nothing is ever destroyed because its file
    is gone: `cdktf destroy` does that, while the file is there.
    """
    from ops.stacks.changed import differences
    from ops.terraform import install
    from ops.terraform.deploy import Deploy
    from ops.terraform.deploy_display import DeployDisplay

    install.check_version()
    settings, mirrored = install.provider_settings()
    out = console(stderr=as_json)
    look = Look.at(environment)
    for account in look.accounts.values():
        if not account.has_state_bucket():
            raise OpsError(
                f"the remote state of account {account.config.account_id} in {account.config.region} does not exist yet: "
                "run `pipenv run ops bootstrap <environment>`"
            )
    expected = [place.name for place in look.places]
    if only_changed:
        found = differences(look.places, look.folders, look.known)
        expected = [one.stack for one in found]
        if found:
            _print(("Stack", "Is", "Because of"), ((one.stack, one.what, one.why) for one in found), out)
    if expected and not auto_approve:
        if not sys.stdin.isatty():
            raise OpsError("there is no terminal to ask at: add --auto-approve, after a look at `cdktf diff`")
        typer.confirm(f"Deploy {len(expected)} stacks, and what reads from them?", abort=True, err=True)
    if not mirrored:
        settings = {**settings, **install.plugin_cache()}
    started = datetime.now(UTC)
    with DeployDisplay(out) as display:
        display.expect(len(expected))
        run = Deploy(look.accounts, look.folders, look.known, settings, display)
        run.run(look.places, changed=only_changed, parallelism=parallelism)
    show_reasons(look, run.results, started, out)
    _summarise(list(run.results.values()), out, as_json=as_json)


def show_reasons(look: Look, results: Mapping[str, "Result"], since: datetime, out: Console) -> None:
    """Why tasks failed, of the platforms that did."""
    from ops.stacks import explain

    for one in look.environments.values():
        result = results.get(one.platform_id.name)
        if result and result.outcome == "failed":
            explain.after(look.accounts[one.platform.state_bucket], one.prefix, since, out)


def _summarise(results: list["Result"], out: Console, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([one.document() for one in results], indent=2))
    elif results:
        rows = ((one.stack, one.outcome, str(one), f"{one.seconds:.0f} s") for one in results)
        _print(("Stack", "Outcome", "What", "Took"), rows, out)
    else:
        out.print("Nothing to deploy.", highlight=False)
    outcomes = {one.outcome for one in results}
    if "interrupted" in outcomes:
        raise typer.Exit(130)
    raise typer.Exit(1 if outcomes - {"deployed"} else 0)


def _print(headings: Iterable[str], rows: Iterable[tuple[str, ...]], out: Console) -> None:
    table = Table(*headings)
    for row in rows:
        table.add_row(*row)
    out.print(table, markup=False)
