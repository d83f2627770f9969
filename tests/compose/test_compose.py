import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from modules.platform.components import COMPONENTS, MIGRATE
from modules.settings import AIRFLOW_HOME, located_settings, variable

AIRFLOW = Path(__file__).parents[2] / "airflow"
TEXT = (AIRFLOW / "compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
CORE = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CORE__FERNET_KEY"}
SECRET = re.compile(r"PASSWORD|SECRET|_KEY$|CONN|BROKER_URL|RESULT_BACKEND|AUTH$")


def test_it_conforms_to_the_compose_specification() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    run = subprocess.run([*check, AIRFLOW / "compose.yaml"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_only_the_proxy_publishes_ports_and_only_on_loopback() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["haproxy"]
    assert {port.split(":")[0] for port in SERVICES["haproxy"]["ports"]} == {"127.0.0.1"}
    assert [name for name, service in SERVICES.items() if "network_mode" in service] == []


def test_database_and_broker_have_no_outgoing_access() -> None:
    assert yaml.safe_load(TEXT)["networks"]["back"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["back"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_long_running_service_has_a_health_check(name: str) -> None:
    assert ("healthcheck" in SERVICES[name]) != (SERVICES[name].get("restart") == "no")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_rights_of_root(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "devices"} & service.keys()
    assert name == "haproxy" or service["user"] in ("50000:0", "postgres", "redis")


def test_images_of_others_are_pinned() -> None:
    others = SERVICES.keys() - OURS.keys()
    assert others == {"postgres", "redis", "haproxy"}
    for name in others:
        assert re.fullmatch(r"\$\{\w+:-\w+:\d+\.\d+(\.\d+)?-alpine\}", SERVICES[name]["image"]), name


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda one: str(one.name))
def test_a_component_has_the_command_and_health_check_of_ecs(component: Any) -> None:
    service = SERVICES[component.name]
    assert tuple(service["command"]) == component.command
    kind, command = service["healthcheck"]["test"]
    assert (kind, command.replace("$$", "$")) == ("CMD-SHELL", component.health.command)


def test_the_migration_is_that_of_ecs() -> None:
    assert tuple(SERVICES["migrate"]["command"]) == MIGRATE
    waiting = {name: service["depends_on"] for name, service in OURS.items()}
    assert {name for name, needs in waiting.items() if "migrate" in needs} >= {one.name for one in COMPONENTS}


def test_dags_are_found_where_the_image_has_them() -> None:
    bundles = variable("dag_processor", "dag_bundle_config_list")
    environment = SERVICES["scheduler"]["environment"]
    assert json.loads(environment[bundles]) == json.loads(located_settings(AIRFLOW_HOME)[bundles])


def test_no_secret_has_a_value_or_default() -> None:
    secrets = {
        f"{service}, {name}": value
        for service, one in SERVICES.items()
        for name, value in one.get("environment", {}).items()
        if SECRET.search(name)
    }
    assert {"postgres, POSTGRES_PASSWORD", "worker, AIRFLOW__CELERY__BROKER_URL"} <= secrets.keys()
    # A fixed value, or a default.
    assert [name for name, value in secrets.items() if "${" not in value or ":-" in value] == []


def test_nothing_starts_without_secrets() -> None:
    refused = set(re.findall(r"\$\{(\w+):\?run python3 new_env.py\}", TEXT))
    example = dict(re.findall(r"^(\w+)=(.*)$", (AIRFLOW / ".env.example").read_text(), re.MULTILINE))
    assert refused == {name for name in example if SECRET.search(name)}
    assert {"FERNET_KEY", "POSTGRES_PASSWORD"} <= refused
    assert [name for name in refused if example[name]] == []


def test_every_variable_is_explained() -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT)) | {"COMPOSE_PROFILES"}
    blocks = (AIRFLOW / ".env.example").read_text().split("\n\n")[1:]
    assert [block for block in blocks if not block.startswith("#")] == []
    assert {name for block in blocks for name in re.findall(r"^(\w+)=", block, re.MULTILINE)} == used


@pytest.mark.parametrize("name", ["worker", "flower", "webhook", "haproxy", "redis"])
def test_a_service_without_need_has_no_database_credentials(name: str) -> None:
    assert not CORE & SERVICES[name].get("environment", {}).keys()


def test_containers_mount_the_code_read_only() -> None:
    mounts = {mount for service in OURS.values() for mount in service["volumes"] if mount.startswith("./")}
    assert {mount.split(":")[0] for mount in mounts} == {"./config", "./dags", "./lib", "./plugins", "./webhook"}
    assert [mount for mount in mounts if not mount.endswith(":ro")] == []
