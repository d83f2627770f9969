import json

import pytest

from modules.settings import variable
from tests.synthesised import environment_of
from tests.variants import platform, workflows

CORE = ("SQL_ALCHEMY_CONN", "FERNET_KEY", "SECRET_KEY", "JWT_SECRET", "ADMIN_PASSWORD")


def scheduler(**changes: object) -> dict[str, str]:
    return environment_of(platform(**changes).containers["scheduler_task"]["scheduler"])


@pytest.mark.parametrize("container", [
    lambda: platform().containers["task"]["airflow-task"], lambda: workflows().containers["task"]["airflow-task"]
])  # fmt: skip
def test_a_task_has_no_secret_of_the_platform(container: object) -> None:
    assert callable(container)
    task = container()
    assert task["secrets"] == []
    variables = environment_of(task)
    assert "AIRFLOW__CORE__EXECUTION_API_SERVER_URL" in variables
    assert [name for name in variables if name.endswith(CORE)] == []


def test_the_execution_api_has_a_private_address_and_its_path() -> None:
    url = scheduler()["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    assert url == "http://api-server.airflow-test.internal:8080/execution/"


def test_the_private_address_belongs_to_the_api_server() -> None:
    stack = platform()
    assert stack.only("aws_service_discovery_private_dns_namespace")["name"] == "airflow-test.internal"
    assert stack.only("aws_service_discovery_service")["name"] == "api-server"


def test_connections_and_variables_are_looked_up_by_prefix() -> None:
    assert json.loads(scheduler()["AIRFLOW__SECRETS__BACKEND_KWARGS"]) == {
        "connections_prefix": "airflow-test/connections",
        "variables_prefix": "airflow-test/variables",
        "region_name": "us-east-1",
    }


def test_logs_of_tasks_go_to_the_bucket() -> None:
    assert scheduler()["AIRFLOW__LOGGING__REMOTE_LOGGING"] == "True"
    assert scheduler()["AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER"] == "s3://airflow-test-logs-111111111111"


def test_dags_are_found_in_the_image_and_on_the_file_system() -> None:
    bundles = json.loads(scheduler()["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])
    assert {one["name"]: one["kwargs"]["path"] for one in bundles} == {
        "platform": "/opt/airflow/dags",
        "projects": "/opt/airflow/projects",
    }


def test_an_environment_adds_settings_and_overrides_fixed_ones() -> None:
    changed = {"core": {"parallelism": 64, "load_examples": True}}
    environment = scheduler(airflow={"settings": changed})
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "64"
    assert environment["AIRFLOW__CORE__LOAD_EXAMPLES"] == "True"
    assert scheduler()["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"


def test_the_configuration_page_is_off() -> None:
    assert scheduler()["AIRFLOW__API__EXPOSE_CONFIG"] == "False"


def test_forwarded_headers_are_trusted_only_from_the_vpc() -> None:
    assert scheduler()["FORWARDED_ALLOW_IPS"] == "10.20.0.0/16"


@pytest.mark.parametrize(
    ("section", "key", "name"),
    [
        ("core", "parallelism", "AIRFLOW__CORE__PARALLELISM"),
        ("api_auth", "jwt_secret", "AIRFLOW__API_AUTH__JWT_SECRET"),
    ],
)
def test_a_setting_is_a_variable(section: str, key: str, name: str) -> None:
    assert variable(section, key) == name
