"""`ops remove-project`: removal of what new-project and the deploys have created, in reverse order."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from rich.console import Console

from configuration.environment import Environment
from local_aws import server
from modules.project import ProjectNames
from ops.account import Account, account_of, aws_errors
from ops.airflow.home import DEFAULT_HOME, AirflowHome
from ops.airflow.projects import remove_project_files
from ops.errors import OpsError
from ops.paths import ROOT
from ops.projects.commands import deploy_command
from ops.projects.new import project_file
from ops.stacks.selection import StackRef
from ops.stacks.states import read_states
from ops.terminal import print_text
from ops.terraform.deployment import run_stacks


def destroy_project(environment: Environment, project: str, *, delete_data: bool, console: Console) -> None:
    """Destroy the project's stacks, then delete its file; can be repeated after an interruption at any point.

    Raises OpsError before any change if the project is protected, or if its bucket or target may contain data, unless
    ``delete_data``.
    """
    file = project_file(environment.name, project)
    if environment.projects[project].protected:
        raise OpsError(
            f"{file}: the project is protected: set protected = false, run "
            f"`{deploy_command(environment.name, project)}`, then repeat this command"
        )
    # A local AWS that is not running has lost its resources.
    if not environment.platform.local_aws or server.running(ROOT):
        account = account_of(environment.platform)
        account.check()
        _destroy(environment, project, account, delete_data, console)
    if environment.platform.local_aws:
        remove_project_files(AirflowHome(DEFAULT_HOME), project)
    file.unlink()
    print_text(console, f"deleted {file.relative_to(ROOT)}")


def _destroy(environment: Environment, project: str, account: Account, delete_data: bool, console: Console) -> None:
    with aws_errors(f"the data of {project} cannot be read", "check your role's permissions"):
        ids = [id for id in environment.stack_ids() if id.project == project]
        counts = {state.key: state.resources for state in read_states(account, [id.state_key for id in ids])}
        held = list(_held_data(environment, project, account))
    if held and not delete_data:
        raise OpsError(f"{'; '.join(held)}: copy what you need, then add --delete-data {project}")
    if stacks := [StackRef.of(id, environment.platform) for id in ids if counts.get(id.state_key)]:
        run_stacks("destroy", stacks, console)


def _held_data(environment: Environment, project: str, account: Account) -> Iterator[str]:
    """Describe the data that would be lost; raises OpsError if the target is still protected in AWS, despite the file."""
    names = ProjectNames.of(environment.name, project, account.config.account_id)
    target = _find_database(names.target, account)
    if target and target.get("DeletionProtection"):
        raise OpsError(
            f"target {names.target} is protected in AWS: run `{deploy_command(environment.name, project)}` with protected = false, then repeat this command"
        )
    if count := _count_objects(names.files_bucket, account):
        yield f"bucket {names.files_bucket} contains {count}"
    if target:
        yield f"target {names.target} exists and may contain data"


def _count_objects(bucket: str, account: Account) -> str:
    """Return the number of objects and old versions in words, or an empty string for none, or without a bucket."""
    s3 = account.client("s3")
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            if count := len(page.get("Versions", [])):  # a page may contain delete markers only
                return f"{count}{' or more' * page['IsTruncated']} objects"
    except s3.exceptions.NoSuchBucket:
        pass
    return ""


def _find_database(name: str, account: Account) -> dict[str, Any] | None:
    """Return the description of the cluster or instance with a name, or None."""
    rds = account.client("rds")
    with suppress(rds.exceptions.DBClusterNotFoundFault):
        return dict(rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0])
    with suppress(rds.exceptions.DBInstanceNotFoundFault):
        return dict(rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0])
    return None
