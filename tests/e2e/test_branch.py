"""Branch environments: Airflow with a database in a container, from new-branch to remove-branch.

If images cannot be pulled, MySQL is replaced by MariaDB, which Airflow does not support: see images.py. MariaDB rejects the scheduler's
query for unused assets, which ends the scheduler; therefore that query is disabled there.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from docker.models.images import Image  # type: ignore[import-untyped]

from local_aws import network, server
from local_aws.state import StateFolder
from tests.checkout import Checkout
from tests.e2e.account import eventually
from tests.e2e.deployed import Deployed
from tests.e2e.test_lifecycle import left
from tests.ops.deployed_states import BUCKET

pytestmark = pytest.mark.slow

IMAGES = {
    "postgres": "public.ecr.aws/docker/library/postgres:16-alpine",
    "mysql": "public.ecr.aws/docker/library/mysql:8.4",
}
DAG = "tutorial__taskflow"
ON_MARIADB = "settings = { scheduler = { parsing_cleanup_interval = 1000000 } }"


@pytest.fixture(scope="module", params=IMAGES)
def branch(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    engine: Any,
    image: Callable[[str], str],
) -> Iterator[Deployed]:
    for tag in ("apache/airflow:3.3.2-python3.12", IMAGES[request.param]):
        image(tag)
    checkout = Checkout.make(tmp_path_factory.mktemp("branch"))
    checkout.ops("local-aws", "start")
    try:
        checkout.ops("new-branch", request.param, "--from", "local", "--database", request.param, "--days", "3")
        environment = f"branch-{request.param}"
        description = engine.images.get(IMAGES[request.param]).labels.get("org.opencontainers.image.description", "")
        if request.param == "mysql" and "stand-in" in description:
            platform = checkout.path / "environments" / environment / "platform.tfvars"
            platform.write_text(platform.read_text().replace("airflow = {\n", f"airflow = {{\n  {ON_MARIADB}\n"))
        checkout.ops("bootstrap", environment)
        checkout.ops("image", "push", environment)
        checkout.cdktf("deploy", f"{environment}-platform", "--auto-approve")
        yield Deployed.in_checkout(checkout, engine, environment)
    finally:
        server.stop(checkout.path)


def database(branch: Deployed) -> Any:
    """Return the container of the database."""
    (found,) = branch.containers("database")
    return found


def listed(branch: Deployed) -> dict[str, Any]:
    (one,) = json.loads(branch.checkout.ops("branches", "--json").stdout)
    return dict(one)


def test_airflow_runs_with_the_database_in_a_container(branch: Deployed) -> None:
    eventually(branch.healthy, 300)
    assert database(branch).attrs["Config"]["Image"] == IMAGES[branch.environment.removeprefix("branch-")]


def test_it_has_no_managed_database_and_no_nat(branch: Deployed) -> None:
    assert branch.checkout.client("rds").describe_db_instances()["DBInstances"] == []
    assert branch.checkout.client("ec2").describe_nat_gateways()["NatGateways"] == []


def test_the_database_s_password_is_in_no_log_and_no_state(branch: Deployed) -> None:
    secrets = branch.checkout.client("secretsmanager")
    name = f"airflow-{branch.environment}"
    password, url = (
        secrets.get_secret_value(SecretId=f"{name}/database-{what}")["SecretString"] for what in ("password", "url")
    )
    assert f"://airflow:{password}@database.{name}.internal:" in url
    stored = branch.checkout.client("s3").get_object(Bucket=BUCKET, Key=f"{branch.environment}/platform.tfstate")
    assert password.encode() not in stored["Body"].read()
    for component in ("database", "scheduler", "api-server"):
        containers = branch.containers(component)
        assert containers
        for container in containers:
            assert password.encode() not in container.logs()


def test_all_resources_have_the_expiry_date_but_the_remote_state(branch: Deployed) -> None:
    own, day = branch.checkout.tagged(branch.environment), listed(branch)["expires"]
    without = [one["ResourceARN"] for one in own if {"Key": "Expires", "Value": day} not in one["Tags"]]
    assert len(own) > 10
    assert without == []
    tags = branch.checkout.client("s3").get_bucket_tagging(Bucket=BUCKET)["TagSet"]
    assert "Expires" not in {tag["Key"] for tag in tags}


def test_a_task_runs(branch: Deployed) -> None:
    (task, *_) = branch.trigger(DAG).succeeds()
    assert task["hostname"] in {one.id[:12] for one in branch.containers("scheduler")}


def test_data_outlives_the_container_of_the_database(branch: Deployed) -> None:
    before = branch.get(f"/api/v2/dags/{DAG}/dagRuns")["total_entries"]
    killed = database(branch)
    killed.kill()
    eventually(lambda: killed.id not in {one.id for one in branch.containers("database")} and branch.healthy(), 300)
    assert branch.get(f"/api/v2/dags/{DAG}/dagRuns")["total_entries"] == before > 0
    branch.trigger(DAG).succeeds()


def test_a_second_deploy_changes_nothing(branch: Deployed) -> None:
    again = branch.checkout.cdktf("deploy", f"{branch.environment}-platform", "--auto-approve").stdout
    assert "No changes. Your infrastructure matches the configuration." in again


def test_it_is_not_removed_while_it_is_deployed(branch: Deployed) -> None:
    name = branch.environment
    refused = branch.checkout.ops("remove-branch", name.removeprefix("branch-"), code=1).stderr
    assert f"{name} is still deployed, {name}/platform.tfstate" in refused
    assert f"run `pipenv run cdktf destroy {name}-platform` first" in refused
    assert (branch.checkout.path / "environments" / name / "platform.tfvars").is_file()


def test_its_name_is_taken_even_without_its_folder(branch: Deployed) -> None:
    checkout, name = branch.checkout, branch.environment
    folder, aside = checkout.path / "environments" / name, checkout.path / "aside"
    folder.rename(aside)
    try:
        refused = checkout.ops("new-branch", name.removeprefix("branch-"), "--from", "local", code=1).stderr
        assert not folder.exists()
        elsewhere = listed(branch)
    finally:
        aside.rename(folder)
    assert refused.startswith(f"error: {name} is already deployed ({name}/platform.tfstate)")
    assert (elsewhere["environment"], elsewhere["here"]) == (name, False)
    assert elsewhere["resources"] == listed(branch)["resources"] > 100


def test_nothing_remains_after_the_removal_of_a_branch(branch: Deployed) -> None:
    checkout, name = branch.checkout, branch.environment
    checkout.cdktf("destroy", f"{name}-platform", "--auto-approve")
    # Terraform does not wait for the last container of a service to end.
    eventually(lambda: all(isinstance(one, Image) for one in left(branch.engine, checkout.path)), 180)
    assert checkout.client("logs").describe_log_groups()["logGroups"] == []
    assert [one["Name"] for one in checkout.client("s3").list_buckets()["Buckets"]] == [BUCKET]
    assert checkout.existing(name) == []
    assert checkout.client("secretsmanager").list_secrets()["SecretList"] == []
    assert checkout.client("efs").describe_file_systems()["FileSystems"] == []
    checkout.ops("remove-branch", name.removeprefix("branch-"))
    assert not (checkout.path / "environments" / name).exists()
    assert json.loads(checkout.ops("branches", "--json").stdout) == []
    checkout.ops("teardown", "local")
    state = StateFolder.below(checkout.path).state
    record = state.read_text()
    checkout.ops("local-aws", "stop")
    state.write_text(record)
    assert left(branch.engine, checkout.path) == []
    state.unlink()
    assert network.NAME not in {one.name for one in branch.engine.networks.list()}
