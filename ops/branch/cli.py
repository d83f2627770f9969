"""The commands for environments of branches."""

import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from ops.branch import PREFIX, Engine
from ops.errors import OpsError
from ops.terminal import console

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the branch; the environment is branch-NAME.")]


def new_branch(
    name: Name,
    database: Annotated[Engine, typer.Option(help="The metadata database, in a container.")] = "postgres",
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it is to live.")] = 14,
    source: Annotated[
        str, typer.Option("--from", metavar="ENV", help="Whose account, region, owner and allowed networks it takes.")
    ] = "dev",
) -> None:
    """Make an environment for a branch: small, without NAT, its database in a container, with a last day.

    Writes environments/branch-NAME/platform.tfvars, which you may edit and commit, and says how to go on. Deploys nothing.
    """
    from ops.branch import lifetimes
    from ops.branch.make import create_branch
    from ops.stacks import selection

    out, unknown = console(), ""
    environment = f"{PREFIX}{name}"
    try:
        held = lifetimes.states_of(environment, lifetimes.account_states(selection.environment(source).platform))
    except OpsError as error:
        held = []
        unknown = f"It is not known whether somebody has deployed {environment} already: {error}"
    if held:
        keys = ", ".join(state.key for state in held)
        raise OpsError(f"somebody has deployed {environment} ({keys}): choose another name, or get that one's folder")
    create_branch(name, source, database, lifetimes.today() + timedelta(days=days))
    for line in (
        *([unknown] if unknown else []),
        f"environments/{environment}/platform.tfvars is made. Next:",
        f"  pipenv run ops bootstrap {environment}           # the remote state, if its account has none yet",
        f"  pipenv run ops image push {environment}          # our image; without it the official one runs",
        f"  pipenv run cdktf deploy {environment}-platform",
        f"  pipenv run ops show {environment}                # where it is",
        "and when it has served:",
        f"  pipenv run cdktf destroy {environment}-platform",
        f"  pipenv run ops remove-branch {name}",
    ):
        out.print(line, highlight=False, soft_wrap=True)


def remove_branch(name: Name) -> None:
    """Remove the folder environments/branch-NAME. Refused while anything of it is deployed."""
    from ops.branch.remove import remove_folder

    console().print(f"environments/{remove_folder(name)} is removed.", highlight=False)


def branches(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """List the environments that have a last day, here and in the accounts of environments/. Exit code 1 if one is past it."""
    from ops.branch import lifetimes
    from ops.stacks import selection

    found, problems = lifetimes.find_lifetimes(selection.environments())
    if as_json:
        typer.echo(json.dumps([one.data() for one in found], indent=2))
    else:
        table = Table("Environment", "Account", "Last day", "Resources", "To be rid of it")
        for one in sorted(found, key=lambda one: one.expires):
            day = f"[red]{one.expires} is past[/red]" if one.past else str(one.expires)
            count = "not known" if one.resources is None else str(one.resources)
            table.add_row(one.environment, one.account_id, day, count, one.remedy)
        console().print(table if found else "No environment has a last day.")
    for problem in problems:
        console(stderr=True).print(f"not everything is known: {problem}", highlight=False, soft_wrap=True)
    raise typer.Exit(1 if any(one.past for one in found) else 0)
