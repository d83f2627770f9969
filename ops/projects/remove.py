"""`ops remove-project`: what new-project and the deploys made, in the opposite order."""

from collections.abc import Iterator

from rich.console import Console

from environments.load import Environment
from modules.project import ProjectNames
from ops.account import Account, account_of
from ops.airflow import projects as on_this_machine
from ops.airflow.place import HOME, Place
from ops.bootstrap import LOG
from ops.errors import OpsError
from ops.local_aws import server
from ops.paths import ROOT
from ops.projects.commands import deploy
from ops.projects.new import project_file
from ops.run import cdktf
from ops.show import deployed_stacks


def remove(environment: Environment, project: str, *, delete_data: bool, console: Console) -> None:
    """Destroys the project's stacks, then deletes its file; interrupted anywhere, it can be run again.

    Raises OpsError, before anything is touched, where the project is protected, and where its bucket or target may hold
    data unless ``delete_data``.
    """
    file = project_file(environment.name, project)
    if environment.projects[project].protected:
        raise OpsError(
            f"{file}: protected = true keeps the bucket and the target: write protected = false, "
            f"`{deploy(environment.name, project)}`, then again"
        )
    gone = environment.platform.local_aws and server.running(ROOT) is None  # and with it what was deployed to it
    if not gone:
        account = account_of(environment.platform)
        account.check()
        _destroy(environment, project, account, delete_data, console)
    if environment.platform.local_aws:
        on_this_machine.forget(Place(HOME), project)
    file.unlink()
    console.print(f"deleted {file.relative_to(ROOT)}", highlight=False)


def _destroy(environment: Environment, project: str, account: Account, delete_data: bool, console: Console) -> None:
    ids = {id.name for id in environment.stack_ids() if id.project == project}
    names = [name for name in deployed_stacks(environment, account) if name in ids]
    held = list(_data(environment, project, account))
    if held and not delete_data:
        raise OpsError(f"{'; '.join(held)}: copy what you need, then add --delete-data {project}")
    for name in reversed(names):
        console.print(f"[bold]destroying {name}[/bold]", highlight=False)
        outcome = cdktf("destroy", [name], account.variables, log=LOG, console=console)
        console.print(f"  {outcome}", highlight=False)


def _data(environment: Environment, project: str, account: Account) -> Iterator[str]:
    """What may be lost, in words."""
    names = ProjectNames.of(environment.name, project, account.config.account_id)
    if count := _objects(names.files_bucket, account):
        yield f"bucket {names.files_bucket} holds {count}"
    if _is_database(names.target, account):
        yield f"target {names.target} is there, and nobody can look into it from here"


def _objects(bucket: str, account: Account) -> str:
    """How many, old versions too; empty for none, and where there is no bucket."""
    s3 = account.client("s3")
    try:
        page = s3.list_object_versions(Bucket=bucket)
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            return ""
        raise OpsError(f"bucket {bucket} cannot be looked into ({error}): see to your role's rights") from None
    count = len(page.get("Versions", []))
    return f"{'more than ' if page['IsTruncated'] else ''}{count} objects" if count else ""


def _is_database(name: str, account: Account) -> bool:
    """Whether there is an instance or a cluster of that name."""
    rds = account.client("rds")
    try:
        rds.describe_db_clusters(DBClusterIdentifier=name)
    except rds.exceptions.DBClusterNotFoundFault:
        pass
    else:
        return True
    try:
        rds.describe_db_instances(DBInstanceIdentifier=name)
    except rds.exceptions.DBInstanceNotFoundFault:
        return False
    return True
