import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.synthesised import Synthesised, environment_of, secrets_of, statements_of
from tests.variants import platform

COMPONENTS = ["api-server", "scheduler", "dag-processor", "triggerer"]
CORE = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CORE__FERNET_KEY"}
SESSION = "AIRFLOW__API__SECRET_KEY"
JWT = "AIRFLOW__API_AUTH__JWT_SECRET"


def task_of(component: str) -> str:
    return f"{component.replace('-', '_')}_task"


def service(stack: Synthesised, component: str) -> dict[str, Any]:
    return stack.resources("aws_ecs_service")[component.replace("-", "_")]


def test_the_four_components_are_four_services() -> None:
    assert {one["name"] for one in platform().resources("aws_ecs_service").values()} == set(COMPONENTS)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_starts_after_the_migration(component: str) -> None:
    containers = platform().containers[task_of(component)]
    assert containers[component]["dependsOn"] == [{"containerName": "migration", "condition": "SUCCESS"}]
    assert containers["migration"]["essential"] is False


def shell(command: Sequence[str], folder: Path, *, file: str | None, code: int = 0) -> tuple[int, list[str]]:
    """Run a container's command where our code has `file`; return its exit code and the programs that it called, which exit with `code`."""
    lib, programs, said = folder / "lib", folder / "programs", folder / "said"
    for one in (lib / "airflow_on_aws/database", programs):
        one.mkdir(parents=True)
    if file:
        (lib / "airflow_on_aws" / file).touch()
    for name in ("airflow", "python"):
        (programs / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {said}\nexit {code}\n')
        (programs / name).chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(lib), "ADMIN_PASSWORD": "1234"}
    done = subprocess.run(command, env=environment, check=False).returncode
    return done, said.read_text().splitlines()


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("ours", [True, False], ids=["our image", "the official image"])
def test_airflows_own_commands_migrate_the_database_if_our_code_is_missing(
    component: str, ours: bool, tmp_path: Path
) -> None:
    command = platform().containers[task_of(component)]["migration"]["command"]
    code, lines = shell(command, tmp_path, file="database/migration.py" if ours else None)
    assert code == 0
    module = "python -m airflow_on_aws.database.migration"
    if ours:
        wanted = "migrate admin=ADMIN_PASSWORD admin-dags=SERVICE_PASSWORD" if component == "api-server" else "wait"
        assert lines == [f"{module} {wanted}"]
    elif component == "api-server":
        assert lines[0] == "airflow db migrate"
        assert [line.split("--username ")[1].split()[0] for line in lines[1:]] == ["admin"]
    else:
        assert lines == ["airflow db check-migrations --migration-wait-timeout 600"]
    assert not any("1234" in line for line in lines)


def test_other_services_change_after_the_api_server_is_stable() -> None:
    stack = platform(airflow={"executor": "celery,ecs"})
    services = stack.resources("aws_ecs_service")
    assert services["api_server"]["wait_for_steady_state"] is True
    after = {id for id, one in services.items() if "aws_ecs_service.api_server" in one["depends_on"]}
    assert after == services.keys() - {"api_server"}


def test_a_deploy_waits_for_every_service_except_workers() -> None:
    services = platform(airflow={"executor": "celery,ecs"}).resources("aws_ecs_service")
    assert {id for id, one in services.items() if not one["wait_for_steady_state"]} == {"worker"}


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_rolled_back_service_fails_the_deploy_with_its_log_group(component: str) -> None:
    lifecycle = service(platform(), component)["lifecycle"]
    [condition] = lifecycle["postcondition"]
    definition = f"aws_ecs_task_definition.{task_of(component)}.arn"
    assert condition["condition"] == f"${{self.task_definition == {definition}}}"
    assert f"The log group /airflow-test/{component} says why" in condition["error_message"]


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_previous_task_definition_exists_until_the_new_one_runs(component: str) -> None:
    definition = platform().resources("aws_ecs_task_definition")[task_of(component)]
    assert definition["lifecycle"]["create_before_destroy"] is True


@pytest.mark.parametrize(
    ("component", "secrets"),
    [
        ("api-server", CORE | {SESSION, JWT}),
        ("scheduler", CORE | {SESSION, JWT}),
        ("triggerer", CORE | {SESSION}),
        ("dag-processor", CORE),
    ],
)
def test_a_component_has_only_the_keys_that_it_needs(component: str, secrets: set[str]) -> None:
    assert secrets_of(platform().containers[task_of(component)][component]).keys() == secrets


@pytest.mark.parametrize("component", COMPONENTS)
def test_ecs_can_read_only_the_secrets_that_it_injects(component: str) -> None:
    stack = platform()
    injected = {arn for one in stack.containers[task_of(component)].values() for arn in secrets_of(one).values()}
    document = stack.resources("aws_iam_role_policy")[f"{component.replace('-', '_')}_execution_permissions"]["policy"]
    assert set(statements_of(document)["ReadSecrets"]["Resource"]) == injected


@pytest.mark.parametrize("component", COMPONENTS)
def test_only_the_migration_has_the_first_password(component: str) -> None:
    knowing = {
        name
        for name, one in platform().containers[task_of(component)].items()
        if any("admin" in arn for arn in secrets_of(one).values())
    }
    assert knowing == ({"migration"} if component == "api-server" else set())


def test_the_first_password_is_not_an_argument() -> None:
    command = platform().containers[task_of("api-server")]["migration"]["command"][-1]
    assert "--password" not in command


def test_the_scheduler_has_its_own_port_for_health_checks() -> None:
    container = platform().containers[task_of("scheduler")]["scheduler"]
    assert "http://localhost:8974/health" in container["healthCheck"]["command"][1]
    assert environment_of(container)["AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK"] == "True"


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_component_has_a_health_check_within_the_limits_of_ecs(component: str) -> None:
    health = platform().containers[task_of(component)][component]["healthCheck"]
    assert health["command"][0] == "CMD-SHELL"
    assert 2 <= health["timeout"] <= 60
    assert 5 <= health["interval"] <= 300
    assert 0 <= health["startPeriod"] <= 300
    assert 1 <= health["retries"] <= 10
    assert health["interval"] <= 30
    assert health["interval"] * health["retries"] >= 90


@pytest.mark.parametrize("job", ["DagProcessorJob", "TriggererJob"])
@pytest.mark.parametrize("ours", [True, False], ids=["our image", "the official image"])
@pytest.mark.parametrize("code", [0, 3])
def test_airflows_own_command_checks_a_job_if_our_code_is_missing(
    job: str, ours: bool, code: int, tmp_path: Path
) -> None:
    component = "triggerer" if job == "TriggererJob" else "dag-processor"
    _, command = platform().containers[task_of(component)][component]["healthCheck"]["command"]
    done, lines = shell(("sh", "-c", command), tmp_path, file="database/job_check.py" if ours else None, code=code)
    module, own = f"python -m airflow_on_aws.database.job_check {job}", f"airflow jobs check --job-type {job} --local"
    assert (done, lines) == (min(code, 1), [module if ours else own])


def test_the_api_server_has_at_least_3_gib_by_default() -> None:
    assert int(platform().resources("aws_ecs_task_definition")[task_of("api-server")]["memory"]) >= 3072


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize(("spot", "provider"), [(True, "FARGATE_SPOT"), (False, "FARGATE")])
def test_each_component_runs_on_spot_if_configured(component: str, spot: bool, provider: str) -> None:
    stack = platform(components={component.replace("-", "_"): {"spot": spot}})
    assert service(stack, component)["capacity_provider_strategy"] == [{"capacity_provider": provider, "weight": 1}]


def test_the_api_server_scales_with_cpu_between_its_counts() -> None:
    stack = platform(components={"api_server": {"min_count": 3, "max_count": 7, "cpu_target": 40}})
    target = stack.only("aws_appautoscaling_target")
    policy = stack.only("aws_appautoscaling_policy")["target_tracking_scaling_policy_configuration"]
    assert (target["min_capacity"], target["max_capacity"], policy["target_value"]) == (3, 7, 40)
    assert service(stack, "api-server")["desired_count"] == 3


def test_a_deploy_does_not_reset_the_count_that_autoscaling_set() -> None:
    stack = platform()
    ignored = {name: service(stack, name)["lifecycle"].get("ignore_changes") for name in COMPONENTS}
    assert ignored == dict.fromkeys(COMPONENTS) | {"api-server": ["desired_count"]}


@pytest.mark.parametrize("count", [1, 3])
def test_the_configured_number_of_tasks_runs(count: int) -> None:
    stack = platform(components={"scheduler": {"count": count}, "triggerer": {"count": count}})
    assert service(stack, "scheduler")["desired_count"] == service(stack, "triggerer")["desired_count"] == count


@pytest.mark.parametrize("component", COMPONENTS)
def test_execute_command_is_allowed_only_if_configured(component: str) -> None:
    policy_id = f"{component.replace('-', '_')}_role_permissions"
    for wanted in (True, False):
        stack = platform(airflow={"execute_command": wanted})
        assert service(stack, component)["enable_execute_command"] is wanted
        assert ("OpenShell" in statements_of(stack.resources("aws_iam_role_policy")[policy_id]["policy"])) is wanted


def test_only_the_api_server_has_the_load_balancer_and_a_private_name() -> None:
    services = {name: service(platform(), name) for name in COMPONENTS}
    assert {name for name, one in services.items() if "load_balancer" in one} == {"api-server"}
    assert {name for name, one in services.items() if "service_registries" in one} == {"api-server"}


def test_the_dag_processors_role_can_read_no_secret() -> None:
    document = platform().resources("aws_iam_role_policy")["dag_processor_role_permissions"]["policy"]
    assert statements_of(document).keys() == {"MountFiles"}


@pytest.mark.parametrize(
    ("part", "cpu", "count"), [("scheduler", 1024, 2), ("dag_processor", 1024, 1), ("triggerer", 512, 1)]
)
def test_a_block_with_one_field_has_the_other_defaults(part: str, cpu: int, count: int) -> None:
    stack = platform(components={part: {"spot": True}})
    assert stack.resources("aws_ecs_task_definition")[f"{part}_task"]["cpu"] == str(cpu)
    assert stack.resources("aws_ecs_service")[part]["desired_count"] == count
