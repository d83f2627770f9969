"""Create the remote state of an account."""

from rich.console import Console

from backend.bootstrap import bootstrap as create_bucket_and_table
from backend.resume import resume
from configuration.environment import Environment
from ops.account import Account
from ops.errors import OpsError
from ops.stacks import selection
from ops.terminal import print_text
from ops.terraform.deployment import Deployment, run_stacks


def bootstrap(environment: Environment, account: Account, console: Console) -> Deployment:
    """Create the bucket and the lock table if they are missing, then deploy the backend stack, which adopts them."""
    prepare(environment, account, console)
    stacks = [selection.backend_ref(environment.platform)]
    try:
        return run_stacks("deploy", stacks, console)
    except OpsError:
        # A lock whose request was answered too late is ours without Terraform's knowledge: the SDK asked twice.
        if not resume(account.client, environment.platform, account.variables.get("AWS_ENDPOINT_URL")):
            raise
        return run_stacks("deploy", stacks, console)


def prepare(environment: Environment, account: Account, console: Console) -> None:
    """Create the bucket and the lock table if they are missing: from then on every stack can be deployed."""
    account.check()
    config = environment.platform
    tags = {**config.tags, "Environment": "backend", "Module": "backend", "Owner": config.owner, "ManagedBy": "cdktf"}
    created = create_bucket_and_table(account.client, config, tags)
    for line in [
        *(f"created {name}" for name in created),
        *resume(account.client, config, account.variables.get("AWS_ENDPOINT_URL")),
    ]:
        print_text(console, f"  {line}")
