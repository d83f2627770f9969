"""`ops remove-project`: what new-project and the deploys made, in the opposite order."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from rich.console import Console

from configuration.environment import Environment
from local_aws import server
from modules.project import ProjectNames
from ops.account import Account, account_of
from ops.airflow import projects as on_this_machine
from ops.airflow.home import DEFAULT_HOME, AirflowHome
from ops.errors import OpsError
from ops.paths import ROOT
from ops.projects.commands import deploy_command
from ops.projects.new import project_file
from ops.remote_state.bootstrap import LOG
from ops.stacks.states import states
from ops.terraform.run import cdktf


def destroy_project(environment: Environment, project: str, *, delete_data: bool, console: Console) -> None:
    """Destroys the project's stacks, then deletes its file; interrupted anywhere, it can be run again.

    Raises OpsError, before anything is touched, where the project is protected, and where its bucket or target may hold
    data unless ``delete_data``.
    """
    file = project_file(environment.name, project)
    if environment.projects[project].protected:
        raise OpsError(
            f"{file}: protected = true keeps the bucket and the target: write protected = false, "
            f"`{deploy_command(environment.name, project)}`, then again"
        )
    gone = environment.platform.local_aws and server.running(ROOT) is None  # and with it what was deployed to it
    if not gone:
        account = account_of(environment.platform)
        account.check()
        _destroy(environment, project, account, delete_data, console)
    if environment.platform.local_aws:
        on_this_machine.remove_project_files(AirflowHome(DEFAULT_HOME), project)
    file.unlink()
    console.print(f"deleted {file.relative_to(ROOT)}", highlight=False)


def _destroy(environment: Environment, project: str, account: Account, delete_data: bool, console: Console) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        ids = [id for id in environment.stack_ids() if id.project == project]
        counts = {state.key: state.resources for state in states(account, [id.state_key for id in ids])}
        held = list(_held_data(environment, project, account))
    except (BotoCoreError, ClientError) as error:
        message = " ".join(str(error).split())
        raise OpsError(f"what {project} holds cannot be looked at ({message}): see to your role's rights") from None
    if held and not delete_data:
        raise OpsError(f"{'; '.join(held)}: copy what you need, then add --delete-data {project}")
    for name in reversed([id.name for id in ids if counts.get(id.state_key)]):
        console.print(f"[bold]destroying {name}[/bold]", highlight=False)
        outcome = cdktf("destroy", [name], account.variables, log=LOG, console=console)
        console.print(f"  {outcome}", highlight=False)


def _held_data(environment: Environment, project: str, account: Account) -> Iterator[str]:
    """What may be lost, in words; raises OpsError where the target is protected still, whatever the file says by now."""
    names = ProjectNames.of(environment.name, project, account.config.account_id)
    target = _find_database(names.target, account)
    if target and target.get("DeletionProtection"):
        raise OpsError(
            f"target {names.target} is protected in AWS: `{deploy_command(environment.name, project)}` with protected = false, then again"
        )
    if count := _count_objects(names.files_bucket, account):
        yield f"bucket {names.files_bucket} holds {count}"
    if target:
        yield f"target {names.target} is there, and nobody can look into it from here"


def _count_objects(bucket: str, account: Account) -> str:
    """How many, old versions too; empty for none, and where there is no bucket."""
    s3 = account.client("s3")
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            if count := len(page.get("Versions", [])):  # a page may have nothing but the marks of what was deleted
                return f"{count}{' or more' * page['IsTruncated']} objects"
    except s3.exceptions.NoSuchBucket:
        pass
    return ""


def _find_database(name: str, account: Account) -> dict[str, Any] | None:
    """The cluster or the instance of that name."""
    rds = account.client("rds")
    with suppress(rds.exceptions.DBClusterNotFoundFault):
        return dict(rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0])
    with suppress(rds.exceptions.DBInstanceNotFoundFault):
        return dict(rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0])
    return None
