"""Commands for data projects: new-project, run-project, remove-project."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.errors import OpsError
from ops.paths import ROOT
from ops.terminal import console, print_text

if TYPE_CHECKING:
    from configuration.environment import Environment

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the project, such as weather.")]
Env = Annotated[str | None, typer.Option("--env", metavar="ENV", help="A folder of environments/, such as dev.")]


def new_project(
    name: Name,
    env: Env = None,
    repo: Annotated[
        str | None,
        typer.Option(metavar="URL", help="URL of its repository of DAGs. Default in `local`: the folder of --into."),
    ] = None,
    owner: Annotated[
        str | None, typer.Option(help="Owner: an e-mail address, or a team on GitHub, @organisation/team.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Folder for the repository. Default: NAME-workflows, next to this checkout."
        ),
    ] = None,
) -> None:
    """Create a data project: its file in environments/, and a repository with working DAGs.

    On a terminal, missing options are prompted for. Nothing is written if any value is invalid.
    """
    from ops.projects import commands, repository
    from ops.projects.new import NewProject

    environment = _environment(env)
    folder = (into or ROOT.parent / f"{name}-workflows").absolute()
    if environment.platform.local_aws and not repo:
        repo = folder.as_uri()
    url = _ask(repo, "--repo", "URL of its repository of DAGs, https://… or ssh://…")
    who = _ask(owner, "--owner", "Owner (an e-mail address, or @organisation/team)", repository.email())
    project = NewProject(name, environment, who, url, folder)
    created = project.create()
    typer.echo(f"created {project.file.relative_to(ROOT)}")
    typer.echo(f"created {folder}, a git repository" if created else f"{folder} already is its repository")
    if not url.startswith("file:"):
        typer.echo(f"push it:        git -C {folder} push --set-upstream origin {repository.BRANCH}")
    if not environment.platform.local_aws:
        typer.echo(f"ask an admin:   {commands.bootstrap_command(environment.name)}")
    typer.echo(f"deploy it:      {commands.deploy_command(environment.name, name)}")
    typer.echo(f"see a DAG run:  pipenv run ops run-project {name} --env {environment.name}")


def run_project(
    name: Name, env: Env = None, dag: Annotated[str | None, typer.Option(help="Default: NAME__elt.")] = None
) -> None:
    """Import the newest commit of a project's repository, run a DAG, and print the output of each task.

    It unpauses both DAGs. In `local` without containers, it starts Airflow on this machine.
    """
    from ops.projects.run import import_and_run

    environment = _environment(env)
    _check_project(environment, name)
    import_and_run(environment, name, dag or f"{name}__elt", console())


def remove_project(
    name: Name,
    env: Env = None,
    delete_data: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Name of the project again: also delete the data in its bucket and target."),
    ] = None,
) -> None:
    """Destroy a data project: workflows, infrastructure, then its file in environments/. Its repository is kept.

    Refused if it is protected, and while its bucket or target may contain data. It can be repeated after a failure.
    """
    from ops.projects import commands
    from ops.projects.remove import destroy_project

    if delete_data not in (None, name):
        raise OpsError(f"--delete-data is {delete_data!r}, but the project is {name!r}: pass the same name twice")
    environment = _environment(env)
    _check_project(environment, name)
    out = console()
    destroy_project(environment, name, delete_data=bool(delete_data), console=out)
    if not environment.platform.local_aws:
        print_text(out, f"An admin removes the policy of its state: {commands.bootstrap_command(environment.name)}")


def _environment(name: str | None) -> "Environment":
    from ops.stacks import selection

    known = selection.environments()
    if name or len(known) != 1:
        name = _ask(name, "--env", f"Environment ({', '.join(known)})")
        return selection.environment(name)
    return next(iter(known.values()))


def _check_project(environment: "Environment", name: str) -> None:
    if name not in environment.projects:
        known = ", ".join(environment.projects) or "none"
        raise OpsError(f"{environment.name} has no project {name!r}, only {known}: check NAME and --env")


def _ask(given: str | None, option: str, question: str, default: str | None = None) -> str:
    """Return the option's value, or prompt for it; raises OpsError without a terminal."""
    if given:
        return given
    if not sys.stdin.isatty():
        raise OpsError(f"{option} is missing: {question}")
    return str(typer.prompt(question, default=default))
