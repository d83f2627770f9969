from typing import Any

import pytest
from pydantic import ValidationError

from tests.modules.platform.test_platform import COMPONENTS, connections
from tests.synthesised import Synthesised, environment_of, secrets_of
from tests.variants import merged, platform, platform_config

ENGINES = ["postgres", "mysql"]
PORTS = {"postgres": 5432, "mysql": 3306}
USERS = {"postgres": "70:70", "mysql": "999:999"}


def with_container(engine: str, **changes: Any) -> Synthesised:
    return platform(protected=False, database={"container": {"engine": engine}}, **changes)


def service(stack: Synthesised, name: str = "database") -> dict[str, Any]:
    return stack.resources("aws_ecs_service")[name]


def url(stack: Synthesised) -> str:
    return str(stack.resources("aws_secretsmanager_secret_version")["keys_database_url_value"]["secret_string_wo"])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_container_replaces_rds(engine: str) -> None:
    stack = with_container(engine)
    assert not stack.has("aws_db_instance")
    (container,) = stack.containers["database_task"].values()
    assert f"docker/library/{engine}:" in container["image"]
    assert container["user"] == USERS[engine]
    assert stack.document["output"]["database_host"]["value"] == "database.airflow-test.internal"


@pytest.mark.parametrize("engine", ENGINES)
def test_its_files_are_on_efs_and_two_tasks_never_run_at_once(engine: str) -> None:
    stack = with_container(engine)
    (container,) = stack.containers["database_task"].values()
    (mount,) = container["mountPoints"]
    assert mount == {
        "sourceVolume": engine,
        "containerPath": {"postgres": "/var/lib/postgresql/data", "mysql": "/var/lib/mysql"}[engine],
        "readOnly": False,
    }
    point = stack.resources("aws_efs_access_point")[f"files_{engine}"]
    assert point["root_directory"]["creation_info"]["permissions"] == "0700"
    percents = ("deployment_minimum_healthy_percent", "deployment_maximum_percent")
    assert [service(stack)[one] for one in percents] == [0, 100]


@pytest.mark.parametrize("engine", ENGINES)
def test_its_password_is_only_injected(engine: str) -> None:
    stack = with_container(engine)
    (container,) = stack.containers["database_task"].values()
    assert set(secrets_of(container).values()) == {"${aws_secretsmanager_secret_version.database_password_value.arn}"}
    plain = environment_of(container)
    assert f"{engine.upper()}_USER" in plain
    assert [name for name in plain if "PASSWORD" in name] == []
    assert "${ephemeral.aws_secretsmanager_secret_version.keys_database_password.secret_string}@" in url(stack)


@pytest.mark.parametrize("engine", ENGINES)
def test_only_components_can_connect_to_it(engine: str) -> None:
    allowed = {(client, port) for client, server, port in connections(with_container(engine)) if server == "database"}
    assert allowed == {(component, PORTS[engine]) for component in COMPONENTS}


@pytest.mark.parametrize("engine", ENGINES)
def test_airflow_starts_after_it_is_healthy(engine: str) -> None:
    stack = with_container(engine)
    assert service(stack)["wait_for_steady_state"] is True
    for component in ("api_server", "scheduler", "dag_processor", "triggerer"):
        assert "aws_ecs_service.database" in service(stack, component)["depends_on"]


def test_mysql_accepts_only_tls() -> None:
    stack = with_container("mysql")
    (container,) = stack.containers["database_task"].values()
    assert "--require-secure-transport=ON" in container["command"]
    assert url(stack).startswith("mysql+mysqldb://airflow:")
    assert "ssl_mode=REQUIRED" in url(stack)


def test_mysql_generates_and_prints_no_root_password() -> None:
    (container,) = with_container("mysql").containers["database_task"].values()
    assert "MYSQL_ROOT_PASSWORD" in secrets_of(container)
    assert environment_of(container)["MYSQL_ROOT_HOST"] == "localhost"


def test_the_database_url_is_written_again_for_another_engine() -> None:
    stacks = [platform(), *(with_container(engine) for engine in ENGINES)]
    key = "keys_database_url_value"
    versions = {
        stack.resources("aws_secretsmanager_secret_version")[key]["secret_string_wo_version"] for stack in stacks
    }
    assert len(versions) == 3


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"protected": True}, "database.container has no backup, and protected = true; set protected = false"),
        ({"database": {"multi_az": False}}, "container = {…} and the settings of an RDS instance exclude each other"),
        (
            {"database": {"container": {"engine": "mysql"}}, "airflow": {"executor": "celery,ecs"}},
            'database.container.engine = "mysql" cannot tell how many Celery workers are needed; set it to "postgres"',
        ),
        ({"database": {"container": {"engine": "mariadb"}}}, "Input should be 'postgres' or 'mysql'"),
    ],
)
def test_contradicting_settings_are_refused(changes: Any, refusal: str) -> None:
    with pytest.raises(ValidationError, match=refusal):
        platform_config(**merged({"protected": False, "database": {"container": {}}}, changes))
