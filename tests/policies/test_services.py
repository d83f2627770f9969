"""Policies for services and tasks: rollback, users, roles, images, logs with retention."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.policies.policy import Policy, each, each_container, findings, made_of
from tests.synthesised import Args, Synthesised


def failed_deployments_are_rolled_back(stack: Synthesised) -> Iterator[str]:
    for address, service in each(stack, "aws_ecs_service"):
        if service.get("deployment_circuit_breaker") != {"enable": True, "rollback": True}:
            yield f"{address} is not"


def new_tasks_start_before_old_ones_stop(stack: Synthesised) -> Iterator[str]:
    for address, service in each(stack, "aws_ecs_service"):
        alone = service.get("deployment_maximum_percent") == 100  # two at once would write the same files
        if service.get("deployment_minimum_healthy_percent", 0) < 100 and not alone:
            yield f"{address} stops old tasks first"


def containers_do_not_run_as_root(stack: Synthesised) -> Iterator[str]:
    for where, container in each_container(stack):
        if container.get("user", "0").split(":")[0] in ("0", "root") or container.get("privileged"):
            yield f"{where} runs as {container.get('user', 'root')}"


def containers_log_to_cloudwatch(stack: Synthesised) -> Iterator[str]:
    for where, container in each_container(stack):
        options = container.get("logConfiguration", {}).get("options", {})
        if container.get("logConfiguration", {}).get("logDriver") != "awslogs" or not options.get("awslogs-group"):
            yield f"{where} does not"
        if options.get("awslogs-create-group"):
            yield f"{where} creates a log group outside Terraform"


def log_groups_have_a_retention(stack: Synthesised) -> Iterator[str]:
    for address, group in each(stack, "aws_cloudwatch_log_group"):
        if not group.get("retention_in_days"):
            yield f"{address} has none"


def task_role_and_execution_role_differ(stack: Synthesised) -> Iterator[str]:
    for address, task in each(stack, "aws_ecs_task_definition"):
        if not task.get("task_role_arn") or task["task_role_arn"] == task.get("execution_role_arn"):
            yield f"{address} has one role for both"


def each_service_has_roles_of_its_own(stack: Synthesised) -> Iterator[str]:
    roles = [args["task_role_arn"] for _, args in each(stack, "aws_ecs_task_definition")]
    yield from (f"{role} is shared" for role in roles if roles.count(role) > 1)


def images_have_a_tag_or_digest(stack: Synthesised) -> Iterator[str]:
    for where, container in each_container(stack):
        image = container["image"]
        if image.endswith(":latest") or not (":" in image.split("/")[-1] or "${" in image):
            yield f"{where} runs {image}"


def pushed_images_are_scanned_and_immutable(stack: Synthesised) -> Iterator[str]:
    for address, repository in each(stack, "aws_ecr_repository"):
        scanned = repository.get("image_scanning_configuration", {}).get("scan_on_push")
        if not scanned or repository.get("image_tag_mutability") != "IMMUTABLE":
            yield f"{address} is not"


# The broker and the database write their own files, the task of the admin DAGs delivers the projects' DAGs. Without such a task,
# admin DAGs run where all tasks run.
WRITE = {"broker_task broker", "database_task database", "admin_task airflow-task"}
SHARED = {"scheduler_task scheduler", "worker_task worker"}


def files_are_mounted_read_only(stack: Synthesised) -> Iterator[str]:
    containers = dict(each_container(stack))
    write = WRITE if "admin_task airflow-task" in containers else WRITE | SHARED
    for where, container in containers.items():
        for mount in container.get("mountPoints", []):
            if mount.get("readOnly") is not True and where not in write:
                yield f"{where} writes to {mount['containerPath']}"


POLICIES: list[Policy] = [
    failed_deployments_are_rolled_back,
    new_tasks_start_before_old_ones_stop,
    containers_do_not_run_as_root,
    containers_log_to_cloudwatch,
    log_groups_have_a_retention,
    task_role_and_execution_role_differ,
    each_service_has_roles_of_its_own,
    images_have_a_tag_or_digest,
    pushed_images_are_scanned_and_immutable,
    files_are_mounted_read_only,
]


def task(**container: Any) -> Args:
    return {"container_definitions": json.dumps([{"name": "x", "image": "x:1", **container}]), "task_role_arn": "a"}


SERVICE, TASK = "aws_ecs_service", "aws_ecs_task_definition"
BAD: list[tuple[Policy, str, Args]] = [
    (failed_deployments_are_rolled_back, SERVICE, {}),
    (failed_deployments_are_rolled_back, SERVICE, {"deployment_circuit_breaker": {"enable": True, "rollback": False}}),
    (new_tasks_start_before_old_ones_stop, SERVICE, {"deployment_minimum_healthy_percent": 0}),
    (containers_do_not_run_as_root, TASK, task()),
    (containers_do_not_run_as_root, TASK, task(user="0:0")),
    (containers_log_to_cloudwatch, TASK, task()),
    (containers_log_to_cloudwatch, TASK, task(logConfiguration={"logDriver": "splunk"})),
    (log_groups_have_a_retention, "aws_cloudwatch_log_group", {}),
    (
        task_role_and_execution_role_differ,
        TASK,
        {"task_role_arn": "a", "execution_role_arn": "a"},
    ),
    (images_have_a_tag_or_digest, TASK, task(image="apache/airflow")),
    (images_have_a_tag_or_digest, TASK, task(image="apache/airflow:latest")),
    (pushed_images_are_scanned_and_immutable, "aws_ecr_repository", {"image_tag_mutability": "MUTABLE"}),
    (files_are_mounted_read_only, TASK, task(mountPoints=[{"containerPath": "/"}])),
]


@pytest.mark.parametrize("policy", POLICIES)
def test_policy(policy: Policy, every_kind: Mapping[str, Synthesised]) -> None:
    assert findings(policy, every_kind) == []


@pytest.mark.parametrize(("policy", "kind", "args"), BAD)
def test_the_policy_finds_what_is_wrong(policy: Policy, kind: str, args: Args) -> None:
    assert list(policy(made_of((kind, args))))


def test_a_shared_role_is_found() -> None:
    assert list(each_service_has_roles_of_its_own(made_of((TASK, task()), (TASK, task()))))
