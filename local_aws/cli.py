"""The command: start, stop and ask after the local AWS."""

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
from local_aws.errors import LocalAwsError, ended
from local_aws.state import LocalAws, StateFolder

NOT_RUNNING = 3  # as the Linux Standard Base has it for `status`

CONFLICTING_VARIABLES = ("AWS_CA_BUNDLE", "AWS_DEFAULT_PROFILE", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_SESSION_TOKEN")

app = typer.Typer(
    no_args_is_help=True,
    help="The local AWS: one process on loopback that answers like AWS, kept in memory only. "
    "Deploy the environment `local` to it, break it, throw it away: it costs nothing and reaches no account.",
)
Root = Annotated[Path, typer.Option(hidden=True, help="Project whose .local/aws is used.")]
PROJECT = Path(__file__).resolve().parents[1]


@app.command()
def start(
    foreground: Annotated[bool, typer.Option("--foreground", help="Show its log here and stop it on Ctrl-C.")] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Default: any free port.")] = None,
    root: Root = PROJECT,
) -> None:
    """Start the emulator, or find the one that runs: starting twice gives the same one.

    It runs in the background until `stop`. Everything deployed to it lives in its memory: after a stop the next
    start is an empty account with a new run id. For a shell: eval "$(ops local-aws env)".
    """
    if foreground and (found := server.running(root)):
        raise LocalAwsError(f"the local AWS already runs in the background on port {found.port}: `stop` it first")
    local_aws = server.start(root, port)
    typer.echo(_describe(local_aws, StateFolder.below(root).log))
    if foreground:
        _follow_log(root, local_aws)


@app.command()
def stop(root: Root = PROJECT) -> None:
    """Stop the emulator and everything it started. What was deployed to it is gone."""
    typer.echo("stopped" if server.stop(root) else "was not running")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False, root: Root = PROJECT
) -> None:
    """Say whether the emulator runs, where, and what is behind it. Exit code 3 if it does not run."""
    local_aws = server.running(root)
    if as_json:
        typer.echo(json.dumps({"running": bool(local_aws)} | (asdict(local_aws) if local_aws else {})))
    else:
        typer.echo(_describe(local_aws, StateFolder.below(root).log) if local_aws else "not running")
    raise typer.Exit(0 if local_aws else NOT_RUNNING)


@app.command()
def env(root: Root = PROJECT) -> None:
    """Print the variables that point boto3, Terraform and cdktf at the emulator: eval "$(ops local-aws env)".

    The keys are dummies, so a command that misses the endpoint is refused by AWS instead of changing an account.
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
    why_not = local_aws.why_no_containers
    behind = f"control plane only: {why_not}, so nothing runs" if why_not else "containers run"
    return (
        f"{local_aws.endpoint_url} (pid {local_aws.pid}, run {local_aws.run_id[:8]}, since {local_aws.started_at})\n"
        f"{behind}\nlog: {log}"
    )


def _follow_log(root: Path, local_aws: LocalAws) -> None:
    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
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
    with folder.locked():  # `stop` from elsewhere removes the file, and holds the lock until then
        crashed = folder.state.exists()
    if crashed:
        raise LocalAwsError(f"the emulator ended by itself, see {folder.log}")


def main() -> None:
    """Run the command on its own; every error is one line."""
    try:
        app()
    except (LocalAwsError, OSError) as error:
        sys.exit(ended(error))


if __name__ == "__main__":
    main()
