"""Environments for branches: Airflow comes up on a database in a container, works, and is thrown away.

Where the images cannot be pulled, the MySQL is a MariaDB, which Airflow does not support: see images.py. The statement with which the
scheduler looks for assets that nobody uses is one that MariaDB refuses, and the scheduler ends; so there it looks for none.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ops.local_aws import server
from ops.local_aws.state import Folder
from tests.checkout import Checkout
from tests.e2e.account import eventually
from tests.e2e.deployed import Deployed
from tests.e2e.test_lifecycle import left

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
    checkout.ops("new-branch", request.param, "--from", "local", "--database", request.param)
    environment = f"branch-{request.param}"
    description = engine.images.get(IMAGES[request.param]).labels.get("org.opencontainers.image.description", "")
    if request.param == "mysql" and "stand-in" in description:
        platform = checkout.path / "environments" / environment / "platform.tfvars"
        platform.write_text(platform.read_text().replace("airflow = {\n", f"airflow = {{\n  {ON_MARIADB}\n"))
    checkout.ops("bootstrap", environment)
    checkout.ops("image", "push", environment)
    checkout.cdktf("deploy", f"{environment}-platform", "--auto-approve")
    yield Deployed.in_checkout(checkout, engine, environment)
    if server.running(checkout.path):
        checkout.ops("local-aws", "stop")


def database(branch: Deployed) -> Any:
    """The one container that is the database."""
    (found,) = branch.containers("database")
    return found


def test_airflow_comes_up_on_it(branch: Deployed) -> None:
    eventually(branch.healthy, 300)
    assert database(branch).attrs["Config"]["Image"] == IMAGES[branch.environment.removeprefix("branch-")]


def test_no_secret_is_printed(branch: Deployed) -> None:
    secrets = branch.checkout.client("secretsmanager")
    password = secrets.get_secret_value(SecretId=f"airflow-{branch.environment}/database-password")["SecretString"]
    assert password.encode() not in database(branch).logs()
    for scheduler in branch.containers("migration"):
        assert password.encode() not in scheduler.logs()


def test_a_task_runs(branch: Deployed) -> None:
    (task, *_) = branch.trigger(DAG).succeeds()
    assert task["hostname"] in {one.id[:12] for one in branch.containers("scheduler")}


def test_what_is_in_it_outlives_its_container(branch: Deployed) -> None:
    before = branch.api("GET", f"/api/v2/dags/{DAG}/dagRuns")["total_entries"]
    killed = database(branch)
    killed.kill()
    eventually(lambda: killed.id not in {one.id for one in branch.containers("database")} and branch.healthy(), 300)
    assert branch.api("GET", f"/api/v2/dags/{DAG}/dagRuns")["total_entries"] == before > 0
    branch.trigger(DAG).succeeds()


def test_nothing_is_left_when_it_is_thrown_away(branch: Deployed) -> None:
    checkout, name = branch.checkout, branch.environment
    checkout.cdktf("destroy", f"{name}-platform", "--auto-approve")
    assert branch.containers("database") == []
    checkout.ops("remove-branch", name.removeprefix("branch-"))
    assert not (checkout.path / "environments" / name).exists()
    checkout.ops("teardown", "local")
    state = Folder.below(checkout.path).state
    record = state.read_text()
    checkout.ops("local-aws", "stop")
    state.write_text(record)
    assert left(branch.engine, checkout.path) == []
    state.unlink()
