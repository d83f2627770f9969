"""ECS, compose, systemd and `make airflow` all take Airflow's settings from airflow/config/*.env."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from modules.contract import PlatformContract
from modules.settings import CONFIG, fixed_settings
from modules.task import task_settings
from ops.airflow.environment import airflow_environment
from ops.airflow.home import AirflowHome
from ops.systemd import deployment
from tests.synthesised import environment_of
from tests.variants import platform

ROOT = Path(__file__).parent.parent


def containers() -> dict[str, dict[str, Any]]:
    return {name: one for task in platform().containers.values() for name, one in task.items()}


@pytest.mark.parametrize("name", ["api-server", "scheduler", "dag-processor", "triggerer", "migration", "airflow-task"])
def test_ecs_has_the_settings(name: str) -> None:
    given = environment_of(containers()[name])
    assert {key: given[key] for key in fixed_settings("aws")} == fixed_settings("aws")


def test_the_native_airflow_has_the_settings(tmp_path: Path) -> None:
    home = AirflowHome(tmp_path / "home")
    home.create(None)
    given = airflow_environment(home)
    assert {key: given[key] for key in fixed_settings("laptop")} == fixed_settings("laptop")


def test_compose_reads_the_files() -> None:
    services = yaml.safe_load((ROOT / "airflow" / "compose.yaml").read_text())["services"]
    ours = [one for one in services.values() if "build" in one]
    assert len(ours) >= 7
    for one in ours:
        assert one["env_file"][:2] == ["config/airflow.env", "config/laptop.env"]
        assert not fixed_settings("laptop").keys() & one["environment"].keys()


def test_systemd_reads_the_files() -> None:
    common = (ROOT / "airflow" / "systemd" / "service.conf").read_text()
    assert re.findall(r"^EnvironmentFile=(.*/config/.*)$", common, re.MULTILINE) == [
        "/opt/airflow/config/airflow.env",
        "/opt/airflow/config/aws.env",
    ]


def test_systemd_adds_the_same_settings_as_ecs() -> None:
    urls = {"url": "https://airflow.example.org", "execution_api_url": "http://api:8080/execution/", "log_bucket": "b"}
    added = deployment.deployment_settings(
        **urls, region="eu-west-1", prefix="airflow-x", executor="local", host="127.0.0.1", proxies="10.0.0.0/8"
    )
    contract = PlatformContract(
        **urls,
        executor="LocalExecutor",
        airflow_version="",
        image="",
        vpc_id="",
        private_subnet_ids=[],
        task_subnet_ids=[],
        assign_public_ip="",
        task_security_group_id="",
        cluster_arn="",
        task_execution_role_arn="",
        log_group="",
        file_system_id="",
        access_point_id="",
    )
    ecs = task_settings("airflow-x", "eu-west-1", contract)
    assert {key: added.get(key) for key in ecs.keys() - fixed_settings("aws").keys()} == {
        key: ecs[key] for key in ecs.keys() - fixed_settings("aws").keys()
    }
    assert not added.keys() & fixed_settings("aws").keys()


@pytest.mark.parametrize("file", sorted(CONFIG.glob("*.env")), ids=lambda file: str(file.name))
def test_every_reader_of_the_files_reads_the_same_values(file: Path) -> None:
    """Lines have no quotes, escapes, `$` or blanks, which compose, systemd and python-dotenv read differently."""
    lines = file.read_text().splitlines()
    assert len(lines) > 1
    assert [line for line in lines if not re.fullmatch(r"|#.*|[A-Z][A-Z0-9_]*=[\w./:,+-]+", line)] == []
