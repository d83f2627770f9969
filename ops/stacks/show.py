"""Contents of a deployed environment, read from its states."""

from typing import Any

from rich.console import Console
from rich.table import Table

from configuration.environment import Environment
from local_aws import server
from ops.account import Account
from ops.paths import ROOT
from ops.stacks import selection
from ops.stacks.selection import StackRef
from ops.stacks.states import State, read_states


def describe(environment: Environment, account: Account) -> dict[str, Any]:
    """Return the environment as data: runtime, platform, projects, states."""
    found = {state.key: state for state in read_states(account)}
    platform = found.get(environment.platform_id.state_key, State("", 0, {}))
    projects = {
        name: {
            key: value
            for id in environment.stack_ids()
            if id.project == name and id.state_key in found
            for key, value in found[id.state_key].outputs.items()
        }
        for name in environment.project_names
    }
    keys = [*(id.state_key for id in environment.stack_ids()), "backend.tfstate"]
    return {
        "environment": environment.name,
        "account": account.config.account_id,
        "region": account.config.region,
        "runtime": runtime(environment),
        "expires": environment.platform.expires and environment.platform.expires.isoformat(),
        "platform": platform.outputs,
        "projects": projects,
        "state_bucket": account.config.state_bucket,
        "states": {key: found[key].resources if key in found else 0 for key in keys},
    }


def runtime(environment: Environment) -> str:
    """Return what runs the environment: AWS, containers, or only a control plane, with the reason."""
    if not environment.platform.local_aws:
        return "AWS"
    running = server.running(ROOT)
    if running and running.containers:
        return "containers run"
    why_not = running.why_no_containers if running else "the local AWS is not running"
    return f"control plane only: recorded, but no containers run ({why_not})"


_PLATFORM = {
    "url": "Airflow's pages",
    "admin_password_secret": "Password of admin, in the secret",
    "database_host": "Metadata database",
    "repository": "Image repository",
    "image": "Image",
    "cluster_name": "ECS cluster",
    "log_bucket": "Task logs, in the bucket",
    "contract": "Contract for projects, SSM",
}
_PROJECT = {
    "bucket": "Work files, in the bucket",
    "database_host": "Target PostgreSQL",
    "repository": "Repository of DAGs",
    "registration": "Registry entry, SSM",
    "task_role_arn": "Role of its tasks",
}


def print_table(environment: Environment, account: Account, console: Console) -> None:
    """Print the environment as a table."""
    found = describe(environment, account)
    # Plain text: rich would find emoji in ARNs.
    table = Table(title=f"{environment.name} in {found['account']}, {found['region']}", title_justify="left")
    table.add_column("Part", no_wrap=True)
    table.add_column("What", no_wrap=True)
    table.add_column("Where", overflow="fold")
    table.add_row("environment", "What runs", found["runtime"])
    if account.variables.get("AWS_ENDPOINT_URL"):
        table.add_row("", "AWS endpoint", account.variables["AWS_ENDPOINT_URL"])
    if found["expires"]:
        table.add_row("", "Last day", found["expires"])
    for key, what in _PLATFORM.items():
        table.add_row("platform" if key == "url" else "", what, str(found["platform"].get(key, "not deployed")))
    for name, outputs in found["projects"].items():
        for index, (key, what) in enumerate(_PROJECT.items()):
            table.add_row(name if index == 0 else "", what, str(outputs.get(key, "not deployed")))
    table.add_row("state", "Bucket", found["state_bucket"])
    for key, count in found["states"].items():
        table.add_row("", f"{count} resources", key)
    console.print(table)
    running = server.running(ROOT) if environment.platform.local_aws else None
    if running and running.containers:
        console.print(
            f"Sign in: [bold]{found['platform'].get('url', 'not deployed')}[/bold] as admin; its password: "
            f"[bold]pipenv run ops password {environment.name}[/bold]",
            highlight=False,
            soft_wrap=True,
        )
    if running:
        console.print(
            'Use it: [bold]eval "$(pipenv run ops local-aws env)"[/bold]  '
            "stacks: [bold]pipenv run cdktf list[/bold]  take down: [bold]make down[/bold]"
        )


def deployed_stacks(environment: Environment, account: Account) -> list[StackRef]:
    """Return the environment's stacks whose state holds resources."""
    counts = {state.key: state.resources for state in read_states(account)}
    return [stack for stack in selection.stacks_of(environment) if counts.get(stack.state_key)]
