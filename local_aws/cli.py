"""Command line of the local AWS: start, stop, status, env."""

import json
import shlex
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from local_aws import server
from local_aws.errors import LocalAwsError, report_error
from local_aws.state import LocalAws, StateFolder

NOT_RUNNING = 3  # exit code that the Linux Standard Base defines for `status`

# Variables of the shell that would override the emulator's settings.
CONFLICTING_VARIABLES = ("AWS_CA_BUNDLE", "AWS_DEFAULT_PROFILE", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_SESSION_TOKEN")

app = typer.Typer(
    no_args_is_help=True,
    help="Local AWS: one process on loopback that emulates AWS and keeps everything in memory. "
    "Deploy the environment `local` to it, break it, delete it: it costs nothing and reaches no AWS account.",
)
Root = Annotated[Path, typer.Option(hidden=True, help="Project whose folder .local/aws is used.")]
PROJECT = Path(__file__).resolve().parents[1]


@app.command()
def start(
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Print the log here, and stop the emulator on Ctrl-C.")
    ] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Default: any free port.")] = None,
    root: Root = PROJECT,
) -> None:
    """Start the emulator, unless it is already running.

    It runs in the background until `stop`. Deployed resources exist in its memory only: after a stop, the next
    start is an empty account with a new run id. To use it in a shell: eval "$(ops local-aws env)".
    """
    if foreground and (found := server.running(root)):
        raise LocalAwsError(
            f"the local AWS already runs in the background on port {found.port}: stop it first with `ops local-aws stop`"
        )
    local_aws = server.start(root, port)
    typer.echo(_describe(local_aws, StateFolder.below(root).log))
    if foreground:
        _follow_log(root, local_aws)


@app.command()
def stop(root: Root = PROJECT) -> None:
    """Stop the emulator and its containers, and delete everything that was deployed to it."""
    typer.echo("stopped" if server.stop(root) else "was not running")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False, root: Root = PROJECT
) -> None:
    """Print whether the emulator runs, its address, and whether containers can run. Exit code 3 if it is not running."""
    local_aws = server.running(root)
    if as_json:
        typer.echo(json.dumps({"running": bool(local_aws)} | (asdict(local_aws) if local_aws else {})))
    else:
        typer.echo(_describe(local_aws, StateFolder.below(root).log) if local_aws else "not running")
    raise typer.Exit(0 if local_aws else NOT_RUNNING)


@app.command()
def env(root: Root = PROJECT) -> None:
    """Print shell commands that direct boto3, Terraform and cdktf to the emulator: eval "$(ops local-aws env)".

    The access key is a dummy: AWS rejects a command that ignores the endpoint, so it cannot change a real account.
    """
    local_aws = server.running(root)
    if local_aws is None:
        raise LocalAwsError("the local AWS is not running: start it with `ops local-aws start`")
    wanted = local_aws.environment()
    for name in CONFLICTING_VARIABLES:
        typer.echo(f"unset {name}")
    for name, value in wanted.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def _describe(local_aws: LocalAws, log: Path) -> str:
    reason = local_aws.why_no_containers
    runtime = f"control plane only: {reason}, so nothing runs" if reason else "containers run"
    return (
        f"{local_aws.endpoint_url} (pid {local_aws.pid}, run {local_aws.run_id[:8]}, since {local_aws.started_at})\n"
        f"{runtime}\nlog: {log}"
    )


def _follow_log(root: Path, local_aws: LocalAws) -> None:
    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # `ops` handles them otherwise
        signal.signal(number, interrupt)
    folder = StateFolder.below(root)
    try:
        with folder.log.open(errors="replace") as log:
            while (found := server.running(root)) and found.run_id == local_aws.run_id:
                sys.stdout.write(log.read())
                sys.stdout.flush()
                time.sleep(0.3)
    except KeyboardInterrupt:
        server.stop(root)
        return
    with folder.locked():  # a concurrent `stop` holds this lock until it has removed the state file
        crashed = folder.state.exists()
    if crashed:
        raise LocalAwsError(f"the emulator stopped unexpectedly: see {folder.log}, then start it again")


def main() -> None:
    """Run the command; print an error as one line."""
    try:
        app()
    except (LocalAwsError, OSError) as error:
        sys.exit(report_error(error))
