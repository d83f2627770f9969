import json

import pytest

from tests.synthesised import Args, Synthesised, environment_of, statements_of
from tests.variants import platform

ECS = "ecs:airflow.providers.amazon.aws.executors.ecs.ecs_executor.AwsEcsExecutor"
TASKS_GROUP = "${aws_security_group.tasks_firewall.id}"


def with_executor(executor: str, **airflow: object) -> Synthesised:
    return platform(airflow={"executor": executor, **airflow})


CELERY = "celery:airflow.providers.celery.executors.celery_executor.CeleryExecutor"
SETTINGS = [("ecs", ECS), ("local", "LocalExecutor"), ("celery", CELERY), ("celery,ecs", f"{CELERY},{ECS}")]
# Statements for the admin DAGs.
ADMIN = {"ReadRegistry", "WriteFolder", "ReadServiceAccount", "ReadAccounts", "ReadDeployKeys", "MakeAccounts"}


def scheduler_environment(stack: Synthesised) -> dict[str, str]:
    return environment_of(stack.containers["scheduler_task"]["scheduler"])


def scheduler_statements(stack: Synthesised) -> dict[str, Args]:
    return statements_of(stack.resources("aws_iam_role_policy")["scheduler_role_permissions"]["policy"])


@pytest.mark.parametrize(("executor", "setting"), SETTINGS)
def test_every_container_has_the_same_executor(executor: str, setting: str) -> None:
    stack = with_executor(executor)
    said = {
        environment_of(one)["AIRFLOW__CORE__EXECUTOR"] for task in stack.containers.values() for one in task.values()
    }
    assert said == {setting}
    assert json.loads(stack.only("aws_ssm_parameter")["insecure_value"])["executor"] == setting


def test_with_ecs_the_scheduler_has_the_settings_of_tasks() -> None:
    environment = scheduler_environment(with_executor("ecs"))
    said = {key.split("__")[2]: value for key, value in environment.items() if "__AWS_ECS_EXECUTOR__" in key}
    assert said == {
        "CLUSTER": "airflow-test",
        "CONTAINER_NAME": "airflow-task",
        "REGION_NAME": "us-east-1",
        "SUBNETS": "${aws_subnet.network_private__a.id},${aws_subnet.network_private__b.id}",
        "ASSIGN_PUBLIC_IP": "False",
        "SECURITY_GROUPS": TASKS_GROUP,
        "TASK_DEFINITION": "airflow-test-task",
        "RUN_TASK_KWARGS": '{"capacity_provider_strategy": [{"capacityProvider": "FARGATE", "weight": 1}]}',
        "CONN_ID": "",
    }


def test_with_local_the_scheduler_has_no_settings_of_ecs() -> None:
    environment = scheduler_environment(with_executor("local"))
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert [key for key in environment if "ECS_EXECUTOR" in key] == []


@pytest.mark.parametrize(
    ("executor", "sids"),
    [
        ("ecs", {"RunTasks", "WatchTasks", "PassRoles"}),
        ("local", {"MountFiles", "ReadLogs", "ListLogs", "WriteLogs", "ReadLookups", *ADMIN}),
        ("celery", {"ConnectToBroker", "ScaleWorkers"}),
        ("celery,ecs", {"RunTasks", "WatchTasks", "PassRoles", "ConnectToBroker", "ScaleWorkers"}),
    ],
)
def test_the_scheduler_has_the_permissions_of_its_executor(executor: str, sids: set[str]) -> None:
    assert scheduler_statements(with_executor(executor)).keys() == sids


def test_the_scheduler_can_run_only_tasks_of_its_environment_on_its_cluster() -> None:
    run = scheduler_statements(platform())["RunTasks"]
    assert run["Resource"] == ["arn:aws:ecs:us-east-1:111111111111:task-definition/airflow-test-*task:*"]
    assert run["Condition"] == {"ArnEquals": {"ecs:cluster": "${aws_ecs_cluster.cluster.arn}"}}


def test_the_scheduler_can_pass_only_roles_of_its_environment_to_ecs_tasks() -> None:
    passed = scheduler_statements(platform())["PassRoles"]
    assert passed["Resource"] == [
        "arn:aws:iam::111111111111:role/airflow-test/*-task",
        "${aws_iam_role.task_execution.arn}",
    ]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


@pytest.mark.parametrize(("executor", "worn"), [("ecs", False), ("local", True), ("celery", False)])
def test_only_with_local_the_scheduler_has_the_security_group_of_tasks(executor: str, worn: bool) -> None:
    service = with_executor(executor).resources("aws_ecs_service")["scheduler"]
    assert (TASKS_GROUP in service["network_configuration"]["security_groups"]) is worn


@pytest.mark.parametrize(("executor", "open"), [("ecs", False), ("local", True), ("celery", False)])
def test_only_with_local_the_api_server_can_fetch_logs_from_the_scheduler(executor: str, open: bool) -> None:
    rules = with_executor(executor).resources("aws_vpc_security_group_ingress_rule")
    assert ("scheduler_firewall_from_api_server_8793" in rules) is open


@pytest.mark.parametrize(
    ("executor", "made"), [("ecs", True), ("celery,ecs", True), ("celery", False), ("local", False)]
)
def test_only_with_ecs_the_platform_has_a_task_definition_for_tasks(executor: str, made: bool) -> None:
    stack = with_executor(executor)
    assert ("task" in stack.resources("aws_ecs_task_definition")) is made
    assert ("task_role" in stack.resources("aws_iam_role")) is made


def test_only_the_admin_dags_task_has_their_permissions() -> None:
    stack = with_executor("celery,ecs")
    allowed = {id: statements_of(one["policy"]).keys() for id, one in stack.resources("aws_iam_role_policy").items()}
    assert {id for id, sids in allowed.items() if sids & ADMIN} == {"admin_task_role_permissions"}
    assert allowed["admin_task_role_permissions"] >= ADMIN
    where = json.loads(scheduler_environment(stack)["AIRFLOW_ON_AWS_ADMIN_TASK"])
    assert where == {"executor": "ecs", "executor_config": {"taskDefinition": "airflow-test-admin-task"}}


@pytest.mark.parametrize(("spot", "provider"), [(False, "FARGATE"), (True, "FARGATE_SPOT")])
def test_tasks_run_on_spot_if_configured(spot: bool, provider: str) -> None:
    environment = scheduler_environment(with_executor("ecs", task={"spot": spot}))
    arguments = json.loads(environment["AIRFLOW__AWS_ECS_EXECUTOR__RUN_TASK_KWARGS"])
    assert arguments["capacity_provider_strategy"] == [{"capacityProvider": provider, "weight": 1}]


def test_a_task_has_the_configured_size() -> None:
    task = with_executor("ecs", task={"cpu": 2048, "memory": 8192}).resources("aws_ecs_task_definition")["task"]
    assert (task["cpu"], task["memory"]) == ("2048", "8192")
