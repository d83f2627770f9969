"""`ops remove-project` with stubbed AWS; tests/first_project removes a deployed project."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from rich.console import Console

from configuration.environment import Environment
from ops.account import Account
from ops.errors import OpsError
from ops.interrupts import Interrupted
from ops.projects import remove as removal
from ops.projects.remove import destroy_project
from ops.stacks import selection
from ops.stacks.selection import StackRef
from ops.stacks.states import State
from ops.terraform.deployment import Deployment

BUCKET, TARGET = "airflow-dev-sales-files-111111111111", "airflow-dev-sales-target"
KEYS = {f"dev-sales-{what}": f"dev/sales/{what}.tfstate" for what in ("infrastructure", "workflows")}


class Aws(Account):
    """Account with stubs of S3 and RDS."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment.platform, {})
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        self.clients = {name: boto3.client(name, **keys) for name in ("s3", "rds")}  # type: ignore[call-overload]
        self.s3, self.rds = (Stubber(one) for one in self.clients.values())

    def client(self, service: str) -> Any:
        return self.clients[service]

    def check(self) -> None:
        """Accept the credentials."""

    def has_instance(self, *, protected: bool = False) -> None:
        self.rds.add_client_error("describe_db_clusters", "DBClusterNotFoundFault")
        found = {"DBInstanceIdentifier": TARGET, "DeletionProtection": protected}
        self.rds.add_response("describe_db_instances", {"DBInstances": [found]}, {"DBInstanceIdentifier": TARGET})

    def has_cluster(self, *, protected: bool = False) -> None:
        found = {"DBClusterIdentifier": TARGET, "DeletionProtection": protected}
        self.rds.add_response("describe_db_clusters", {"DBClusters": [found]}, {"DBClusterIdentifier": TARGET})

    def has_no_target(self) -> None:
        self.rds.add_client_error("describe_db_clusters", "DBClusterNotFoundFault")
        self.rds.add_client_error("describe_db_instances", "DBInstanceNotFound")

    def has_objects(self, number: int) -> None:
        marks = {"IsTruncated": True, "NextKeyMarker": "a", "NextVersionIdMarker": "1", "DeleteMarkers": [{"Key": "a"}]}
        found = {"IsTruncated": False, "Versions": [{"Key": str(one)} for one in range(number)]}
        self.s3.add_response("list_object_versions", marks, {"Bucket": BUCKET})
        asked = {"Bucket": BUCKET, "KeyMarker": "a", "VersionIdMarker": "1"}
        self.s3.add_response("list_object_versions", found, asked)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """`dev` with a project whose file says that it is not protected."""
    dev = selection.environment("dev")
    (tmp_path / "sales.tfvars").touch()
    project = next(iter(dev.projects.values())).model_copy(update={"protected": False})
    return replace(dev, project_names=("sales",), projects=MappingProxyType({"sales": project}))


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Number of resources in each stack's state."""
    counts = dict.fromkeys(KEYS, 3)
    found = lambda account, keys: [State(KEYS[name], count, {}) for name, count in counts.items()]  # noqa: E731
    monkeypatch.setattr(removal, "read_states", found)
    return counts


@pytest.fixture
def destroyed(monkeypatch: pytest.MonkeyPatch, deployed: dict[str, int]) -> list[str]:
    """Names of the destroyed stacks, in order."""
    names: list[str] = []

    def run_stacks(verb: str, stacks: list[StackRef], console: Console) -> Deployment:
        assert verb == "destroy"
        found = [stack.name for stack in stacks]
        names.extend(found)
        deployed.update(dict.fromkeys(found, 0))
        return Deployment()

    monkeypatch.setattr(removal, "run_stacks", run_stacks)
    return names


@pytest.fixture
def aws(environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    it = Aws(environment)
    monkeypatch.setattr(removal, "account_of", lambda config: it)
    monkeypatch.setattr(removal, "ROOT", tmp_path)
    monkeypatch.setattr(removal, "project_file", lambda environment, project: tmp_path / f"{project}.tfvars")
    with ExitStack() as stack:
        for stubber in (it.s3, it.rds):
            stack.enter_context(stubber)
        yield it


def take(environment: Environment, *, delete_data: bool = False) -> None:
    destroy_project(environment, "sales", delete_data=delete_data, console=Console(file=StringIO()))


@pytest.mark.parametrize("kind", ["instance", "cluster"])
def test_a_target_that_is_protected_in_aws_is_kept(
    kind: str, environment: Environment, aws: Aws, destroyed: list[str]
) -> None:
    getattr(aws, f"has_{kind}")(protected=True)
    with pytest.raises(OpsError, match=f"target {TARGET} is protected in AWS: run `pipenv run cdktf deploy dev-sales-"):
        take(environment, delete_data=True)
    assert destroyed == []


def test_an_instance_and_objects_after_a_page_of_delete_markers_are_data(
    environment: Environment, aws: Aws, destroyed: list[str]
) -> None:
    aws.has_instance()
    aws.has_objects(2)
    with pytest.raises(
        OpsError,
        match=f"bucket {BUCKET} contains 2 objects; target {TARGET} exists and may contain data: .*--delete-data",
    ):
        take(environment)
    assert destroyed == []


def test_delete_markers_alone_are_no_data(environment: Environment, aws: Aws, destroyed: list[str]) -> None:
    aws.has_no_target()
    aws.has_objects(0)
    take(environment)
    assert sorted(destroyed) == ["dev-sales-infrastructure", "dev-sales-workflows"]


def test_a_missing_permission_is_an_error_of_one_line(environment: Environment, aws: Aws, destroyed: list[str]) -> None:
    aws.rds.add_client_error("describe_db_clusters", "AccessDenied", "not\nyou")
    with pytest.raises(
        OpsError, match=r"the data of sales cannot be read \(.*AccessDenied.*not you\): check your role"
    ):
        take(environment, delete_data=True)
    assert destroyed == []


def test_after_an_interruption_the_rest_is_removed(
    environment: Environment, aws: Aws, destroyed: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "sales.tfvars"
    usual: Callable[..., Deployment] = vars(removal)["run_stacks"]

    def interrupted(verb: str, stacks: list[StackRef], console: Console) -> Deployment:
        usual(verb, [stack for stack in stacks if stack.name == "dev-sales-workflows"], console)
        raise Interrupted(signal.SIGINT)

    for _ in range(2):
        aws.has_cluster()
        aws.s3.add_client_error("list_object_versions", "NoSuchBucket")
    with monkeypatch.context() as once:
        once.setattr(removal, "run_stacks", interrupted)
        with pytest.raises(Interrupted):
            take(environment, delete_data=True)
    assert file.exists()
    assert destroyed == ["dev-sales-workflows"]
    take(environment, delete_data=True)
    assert destroyed == ["dev-sales-workflows", "dev-sales-infrastructure"]
    assert not file.exists()
