"""The `ops` command."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from local_aws.cli import app as local_aws
from ops.airflow.cli import Home
from ops.airflow.cli import app as airflow
from ops.airflow.home import DEFAULT_HOME
from ops.branch.cli import branches, new_branch, remove_branch
from ops.entry import run_command
from ops.image.cli import app as image
from ops.projects.cli import new_project, remove_project, run_project
from ops.stacks.cli import changed, deploy
from ops.systemd.render import render
from ops.terminal import console, print_text

if TYPE_CHECKING:
    from configuration.environment import Environment
    from ops.account import Account
    from ops.airflow.api import Api

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Operate Airflow on AWS, in addition to `cdktf`: create the remote state, deploy changed stacks, show what is deployed, "
    "create data projects and branch environments, build and push the image, roll back the DAGs of a project, check this machine, run the local AWS, run Airflow without containers.",
)
app.add_typer(image, name="image")
app.add_typer(local_aws, name="local-aws")
app.add_typer(airflow, name="airflow")
app.command("systemd")(render)
for command in (changed, deploy, new_project, run_project, remove_project, new_branch, branches, remove_branch):
    app.command()(command)
Name = Annotated[str, typer.Argument(metavar="ENV", help="A folder of environments/, such as dev.")]


def _located(name: str, *, check: bool = True) -> "tuple[Environment, Account]":
    """Return an environment and its account; raise OpsError without credentials for it, unless the caller checks them."""
    from ops.account import account_of
    from ops.stacks import selection

    environment = selection.environment(name)
    account = account_of(environment.platform)
    if check:
        account.check()
    return environment, account


@app.command()
def bootstrap(environment: Name) -> None:
    """Create the remote state of ENV's account: state bucket, lock table, and a policy for each project.

    Run it before the first deploy and after a project was added. It can be interrupted and run again; if everything
    exists already, it changes nothing.
    """
    from ops.remote_state import bootstrap as remote

    out = console()
    chosen, account = _located(environment, check=False)
    outcome = remote.bootstrap(chosen, account, out)
    print_text(out, f"{chosen.platform.state_bucket}: {outcome}")


@app.command()
def teardown(environment: Name) -> None:
    """Destroy the remote state of ENV's account. Refused while the state of any stack still holds resources."""
    from ops.remote_state import teardown as remote

    out = console()
    chosen, account = _located(environment, check=False)
    gone = remote.teardown(chosen, account, out)
    print_text(out, f"{chosen.platform.state_bucket}: {'destroyed' if gone else 'was not there'}")


@app.command()
def show(environment: Name, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show what is deployed in ENV: endpoints, buckets, databases, repositories, state keys."""
    from ops.stacks.show import describe, print_table

    chosen, account = _located(environment)
    if as_json:
        typer.echo(json.dumps(describe(chosen, account), indent=2))
    else:
        print_table(chosen, account, console())


@app.command()
def password(environment: Name) -> None:
    """Print the password of the user `admin` of ENV, and nothing else, so that it can go to a clipboard.

    The password in Secrets Manager is valid until it is changed in Airflow. ENV may be `local`, where it is only needed if
    containers run. `ops airflow status` prints the password of the Airflow of `make airflow`.
    """
    from ops.airflow.sign_in import admin_password

    typer.echo(admin_password(*_located(environment)))


Project = Annotated[str, typer.Argument(metavar="NAME", help="The project.")]
Env = Annotated[
    str | None,
    typer.Option("--env", metavar="ENV", help="Environment; default: the Airflow of this machine (make airflow)."),
]


def _airflow(env: str | None, folder: Path) -> "Api":
    from ops.airflow.home import AirflowHome
    from ops.airflow.sign_in import environment_api, laptop_api

    return environment_api(*_located(env)) if env else laptop_api(AirflowHome(folder.absolute()))


@app.command()
def releases(
    project: Project,
    env: Env = None,
    folder: Home = DEFAULT_HOME,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the releases of project NAME: the current release, and those that `ops rollback` can activate."""
    from ops.airflow.releases import list_releases, print_releases

    found = list_releases(_airflow(env, folder), project)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        print_releases(found, console())


@app.command()
def rollback(
    project: Project,
    commit: Annotated[
        str | None, typer.Argument(help="First letters of the commit; default: the previous release.")
    ] = None,
    env: Env = None,
    folder: Home = DEFAULT_HOME,
) -> None:
    """Roll project NAME back to an older release. It stays current until the next push to the project's branch."""
    from ops.airflow.releases import roll_back

    out = console()
    api = _airflow(env, folder)
    with out.status("asking Airflow"):
        now = roll_back(api, project, commit)
    print_text(out, f"{project}: {now} is current")


@app.command()
def explain(environment: Name) -> None:
    """Show why tasks of ENV's services failed within the last hour: reason, exit code, and the end of their logs."""
    from ops.stacks import explain as tasks

    out = console()
    chosen, account = _located(environment)
    found = tasks.failures(account, chosen.prefix)
    tasks.show(found, out)
    if not found:
        print_text(out, f"No task of a service of {chosen.prefix} failed; ECS remembers about an hour.")


@app.command()
def doctor() -> None:
    """Check this machine and every configuration file; print how to fix each problem. Exit code 1 if there is one."""
    from ops import doctor as checks

    raise typer.Exit(0 if checks.report(console()) else 1)


@app.command()
def demo() -> None:
    """Deploy the environment `local` to an AWS emulator on this machine, and show what is deployed."""
    from ops.demo import demo as run

    run(console())


@app.command()
def down() -> None:
    """Destroy what `demo` deployed and stop the emulator."""
    from ops.demo import down as run

    run(console())


def main() -> None:
    """Run one command of `ops`."""
    run_command(app)
