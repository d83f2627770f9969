"""Commands for branch environments: new-branch, remove-branch, branches."""

import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from ops.branch import PREFIX, Engine
from ops.errors import OpsError
from ops.terminal import console, print_text

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the branch; the environment is called branch-NAME.")]


def new_branch(
    name: Name,
    database: Annotated[Engine, typer.Option(help="Metadata database, which runs in a container.")] = "postgres",
    days: Annotated[int, typer.Option(min=1, max=365, help="Days until the expiry date.")] = 14,
    source: Annotated[
        str,
        typer.Option(
            "--from", metavar="ENV", help="Environment whose account, region, owner and allowed networks are copied."
        ),
    ] = "dev",
) -> None:
    """Create an environment for a branch: small, without NAT, with its database in a container, and with an expiry date.

    It writes environments/branch-NAME/platform.tfvars, which you may edit and commit, and prints the next commands. Nothing is
    deployed.
    """
    from ops.branch import lifetimes
    from ops.branch.make import create_branch
    from ops.stacks import selection

    out, warning = console(), ""
    environment = f"{PREFIX}{name}"
    try:
        held = lifetimes.states_of(environment, lifetimes.account_states(selection.environment(source).platform))
    except OpsError as error:
        held = []
        warning = f"Warning: it could not be checked whether {environment} is already deployed: {error}"
    if held:
        keys = ", ".join(state.key for state in held)
        raise OpsError(
            f"{environment} is already deployed ({keys}): choose another name, or get its folder from its owner"
        )
    create_branch(name, source, database, lifetimes.today() + timedelta(days=days))
    for line in (
        *([warning] if warning else []),
        f"Created environments/{environment}/platform.tfvars. Next:",
        f"  pipenv run ops bootstrap {environment}           # create the remote state, if its account has none yet",
        f"  pipenv run ops image push {environment}          # build our image; without it the official image runs",
        f"  pipenv run cdktf deploy {environment}-platform",
        f"  pipenv run ops show {environment}                # print its URL",
        "To delete it:",
        f"  pipenv run cdktf destroy {environment}-platform",
        f"  pipenv run ops remove-branch {name}",
    ):
        print_text(out, line)


def remove_branch(name: Name) -> None:
    """Delete the folder environments/branch-NAME. Refused while the environment is deployed."""
    from ops.branch.remove import remove_folder

    print_text(console(), f"Deleted environments/{remove_folder(name)}.")


def branches(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """List environments with an expiry date, in this checkout and in its accounts. Exit code 1 if any has expired."""
    from ops.branch import lifetimes
    from ops.stacks import selection

    found, problems = lifetimes.find_lifetimes(selection.environments())
    if as_json:
        typer.echo(json.dumps([each.data() for each in found], indent=2))
    else:
        table = Table("Environment", "Account", "Expires", "Resources", "How to delete it")
        for each in sorted(found, key=lambda each: each.expires):
            day = Text(f"{each.expires} expired", style="red") if each.past else str(each.expires)
            count = "unknown" if each.resources is None else str(each.resources)
            table.add_row(Text(each.environment), each.account, day, count, Text(each.remedy))
        console().print(table if found else "No environment has an expiry date.")
    for problem in problems:
        print_text(console(stderr=True), f"incomplete list: {problem}")
    raise typer.Exit(1 if any(each.past for each in found) else 0)
