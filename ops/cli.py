"""The operator's commands: `pipenv run ops …`."""

import json
import sys
from typing import Annotated

import typer

from environments.problems import ConfigError
from ops.airflow.cli import app as airflow
from ops.deploy_cli import changed, deploy
from ops.errors import OpsError
from ops.image.cli import app as image
from ops.local_aws.cli import app as local_aws
from ops.local_aws.errors import LocalAwsError
from ops.systemd.render import render
from ops.terminal import console

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What an operator of Airflow on AWS does besides `cdktf`: bring up the remote state, deploy what changed, look what is there, "
    "build and push the image, check this machine, run the local AWS, run Airflow without containers.",
)
app.add_typer(image, name="image")
app.add_typer(local_aws, name="local-aws")
app.add_typer(airflow, name="airflow")
app.command("systemd")(render)
app.command()(changed)
app.command()(deploy)
Name = Annotated[str, typer.Argument(metavar="ENV", help="A folder of environments/, such as dev.")]


@app.command()
def bootstrap(environment: Name) -> None:
    """Bring up the remote state of ENV's account: state bucket, lock table, and each project's policy.

    Once before the first deploy, and again after a project was added. It may be interrupted anywhere and run again;
    a run that finds everything there changes nothing.
    """
    from ops import bootstrap as remote
    from ops import stacks
    from ops.account import account_of

    out = console()
    chosen = stacks.environment(environment)
    outcome = remote.bootstrap(chosen, account_of(chosen.platform), out)
    out.print(f"{chosen.platform.state_bucket}: {outcome}", highlight=False, soft_wrap=True)


@app.command()
def teardown(environment: Name) -> None:
    """Destroy the remote state of ENV's account. Refused while any stack's state there still holds resources."""
    from ops import bootstrap as remote
    from ops import stacks
    from ops.account import account_of

    out = console()
    chosen = stacks.environment(environment)
    gone = remote.teardown(chosen, account_of(chosen.platform), out)
    out.print(f"{chosen.platform.state_bucket}: {'destroyed' if gone else 'was not there'}", highlight=False)


@app.command()
def show(environment: Name, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show what is deployed in ENV: endpoints, buckets, databases, repositories, state keys."""
    from ops import stacks
    from ops.account import account_of
    from ops.show import describe, print_table

    chosen = stacks.environment(environment)
    account = account_of(chosen.platform)
    account.check()
    if as_json:
        typer.echo(json.dumps(describe(chosen, account), indent=2))
    else:
        print_table(chosen, account, console())


@app.command()
def doctor() -> None:
    """Check this machine and every configuration file, and say how to mend what is wrong. Exit code 1 if anything is."""
    from ops import doctor as checks

    raise typer.Exit(0 if checks.report(console()) else 1)


@app.command()
def demo() -> None:
    """Deploy the environment `local` to an AWS emulator on this machine, from nothing, and show what is there."""
    from ops.demo import demo as run

    run(console())


@app.command()
def down() -> None:
    """Destroy what `demo` deployed and stop the emulator."""
    from ops.demo import down as run

    run(console())


def main() -> None:
    """Runs a command; what the operator can mend ends it with one line a problem and exit code 1."""
    try:
        app()
    except (ConfigError, OpsError, LocalAwsError) as error:
        print("\n".join(f"error: {line}" for line in str(error).splitlines()), file=sys.stderr)
        sys.exit(1)
