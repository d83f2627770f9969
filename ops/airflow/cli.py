"""Commands for the Airflow of this machine: start, stop, status, cli."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from ops.airflow import laptop, postgres, processes
from ops.airflow.environment import BIN, airflow_environment
from ops.airflow.home import DEFAULT_HOME, AirflowHome
from ops.errors import OpsError
from ops.terminal import console

NOT_RUNNING = 3  # exit code that the Linux Standard Base defines for `status`

app = typer.Typer(
    no_args_is_help=True,
    help="Airflow on this machine without containers: the platform's DAGs, plugins and sign-in, linked from airflow/, and "
    "a separate PostgreSQL. Tasks are processes of the scheduler.",
)
Home = Annotated[Path, typer.Option("--home", help="AIRFLOW_HOME, the folder with data, logs, and links to the code.")]


@app.command()
def start(
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port of the page, for the first start. Default: 8080, or a free port."),
    ] = None,
    folder: Home = DEFAULT_HOME,
) -> None:
    """Start Airflow in the background, unless it is already running, and print where to sign in."""
    home = AirflowHome(folder.absolute())
    laptop.start_airflow(home, port, console())
    typer.echo(_describe(home))


@app.command()
def stop(
    delete: Annotated[bool, typer.Option("--delete", help="Also delete its database, logs and secrets.")] = False,
    folder: Home = DEFAULT_HOME,
) -> None:
    """Stop Airflow and its PostgreSQL. The database is kept, unless --delete."""
    home = AirflowHome(folder.absolute())
    typer.echo("stopped" if laptop.stop_airflow(home, at_once=delete) else "was not running")
    if delete:
        postgres.delete_data(home)
        shutil.rmtree(home.path, ignore_errors=True)


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False, folder: Home = DEFAULT_HOME
) -> None:
    """Print whether Airflow runs, its URL, and the health of its components. Exit code 3 if it is not running."""
    home = AirflowHome(folder.absolute())
    runs = processes.find_supervisor(home) is not None
    health = laptop.component_health(home) if runs else {}
    if as_json:
        typer.echo(json.dumps({"running": runs, "url": laptop.page_url(home) if runs else None, "health": health}))
    else:
        typer.echo(_describe(home) if runs else "not running")
        for component, state in health.items():
            typer.echo(f"  {component}: {state}")
    raise typer.Exit(0 if runs else NOT_RUNNING)


@app.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
def cli(arguments: list[str], folder: Home = DEFAULT_HOME) -> None:
    """Run a command of Airflow's own CLI, such as `ops airflow cli dags list`."""
    home = AirflowHome(folder.absolute())
    if processes.find_supervisor(home) is None:
        raise OpsError("Airflow is not running on this machine: start it with `make airflow`")
    done = subprocess.run([str(BIN / "airflow"), *arguments], env=airflow_environment(home), cwd=home.path, check=False)
    raise typer.Exit(done.returncode)


def _describe(home: AirflowHome) -> str:
    return (
        f"{laptop.page_url(home)}  user admin, password {home.generated.admin_password}\n"
        f"logs: {home.logs}  stop: pipenv run ops airflow stop"
    )
