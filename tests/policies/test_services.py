"""What runs: rolled back when it fails, as nobody special, with its log kept for a while and no longer."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.policies.policy import Policy, findings, made_of
from tests.synthesised import Args, Synthesised


def each_container(stack: Synthesised) -> Iterator[tuple[str, Args]]:
    for task, containers in stack.containers.items():
        for name, container in containers.items():
            yield f"{task} {name}", container


def deploys_are_rolled_back(stack: Synthesised) -> Iterator[str]:
    for id, service in stack.resources("aws_ecs_service").items():
        if service.get("deployment_circuit_breaker") != {"enable": True, "rollback": True}:
            yield f"{id} is not"


def the_new_is_up_before_the_old_goes(stack: Synthesised) -> Iterator[str]:
    for id, service in stack.resources("aws_ecs_service").items():
        alone = service.get("deployment_maximum_percent") == 100  # two at once would write the same files
        if service.get("deployment_minimum_healthy_percent", 0) < 100 and not alone:
            yield f"{id} goes first"


def containers_are_not_run_as_root(stack: Synthesised) -> Iterator[str]:
    for where, container in each_container(stack):
        if container.get("user", "0").split(":")[0] in ("0", "root") or container.get("privileged"):
            yield f"{where} is {container.get('user', 'root')}"


def containers_log_to_cloudwatch(stack: Synthesised) -> Iterator[str]:
    for where, container in each_container(stack):
        options = container.get("logConfiguration", {}).get("options", {})
        if container.get("logConfiguration", {}).get("logDriver") != "awslogs" or not options.get("awslogs-group"):
            yield f"{where} does not"
        if options.get("awslogs-create-group"):
            yield f"{where} makes a group that nobody looks after"


def log_groups_do_not_grow_without_end(stack: Synthesised) -> Iterator[str]:
    for id, group in stack.resources("aws_cloudwatch_log_group").items():
        if not group.get("retention_in_days"):
            yield f"{id} does"


def a_task_acts_with_another_role_than_the_one_that_starts_it(stack: Synthesised) -> Iterator[str]:
    for id, task in stack.resources("aws_ecs_task_definition").items():
        if not task.get("task_role_arn") or task["task_role_arn"] == task.get("execution_role_arn"):
            yield f"{id} does not"


def each_service_has_roles_of_its_own(stack: Synthesised) -> Iterator[str]:
    tasks = stack.resources("aws_ecs_task_definition")
    roles = [args["task_role_arn"] for args in tasks.values()]
    yield from (f"{role} is shared" for role in roles if roles.count(role) > 1)


def images_are_named_exactly(stack: Synthesised) -> Iterator[str]:
    for where, container in each_container(stack):
        image = container["image"]
        if image.endswith(":latest") or not (":" in image.split("/")[-1] or "${" in image):
            yield f"{where} runs {image}"


def pushed_images_are_scanned_and_never_overwritten(stack: Synthesised) -> Iterator[str]:
    for id, repository in stack.resources("aws_ecr_repository").items():
        scanned = repository.get("image_scanning_configuration", {}).get("scan_on_push")
        if not scanned or repository.get("image_tag_mutability") != "IMMUTABLE":
            yield f"{id} is not"


# A broker's and a database's own, and the task of the admin DAGs, which brings the projects' DAGs; without one, where all tasks run.
WRITE = {"broker_service_task_task broker", "database_service_task_task database", "admin_task_task airflow-task"}
SHARED = {"scheduler_task_task scheduler", "worker_task_task worker"}


def files_are_mounted_to_read(stack: Synthesised) -> Iterator[str]:
    write = WRITE if "admin_task_task" in stack.containers else WRITE | SHARED
    for where, container in each_container(stack):
        for mount in container.get("mountPoints", []):
            if mount.get("readOnly") is not True and where not in write:
                yield f"{where} writes to {mount['containerPath']}"


POLICIES: list[Policy] = [
    deploys_are_rolled_back,
    the_new_is_up_before_the_old_goes,
    containers_are_not_run_as_root,
    containers_log_to_cloudwatch,
    log_groups_do_not_grow_without_end,
    a_task_acts_with_another_role_than_the_one_that_starts_it,
    each_service_has_roles_of_its_own,
    images_are_named_exactly,
    pushed_images_are_scanned_and_never_overwritten,
    files_are_mounted_to_read,
]


def task(**container: Any) -> Args:
    return {"container_definitions": json.dumps([{"name": "x", "image": "x:1", **container}]), "task_role_arn": "a"}


SERVICE, TASK = "aws_ecs_service", "aws_ecs_task_definition"
BAD: list[tuple[Policy, str, Args]] = [
    (deploys_are_rolled_back, SERVICE, {}),
    (deploys_are_rolled_back, SERVICE, {"deployment_circuit_breaker": {"enable": True, "rollback": False}}),
    (the_new_is_up_before_the_old_goes, SERVICE, {"deployment_minimum_healthy_percent": 0}),
    (containers_are_not_run_as_root, TASK, task()),
    (containers_are_not_run_as_root, TASK, task(user="0:0")),
    (containers_log_to_cloudwatch, TASK, task()),
    (containers_log_to_cloudwatch, TASK, task(logConfiguration={"logDriver": "splunk"})),
    (log_groups_do_not_grow_without_end, "aws_cloudwatch_log_group", {}),
    (
        a_task_acts_with_another_role_than_the_one_that_starts_it,
        TASK,
        {"task_role_arn": "a", "execution_role_arn": "a"},
    ),
    (images_are_named_exactly, TASK, task(image="apache/airflow")),
    (images_are_named_exactly, TASK, task(image="apache/airflow:latest")),
    (pushed_images_are_scanned_and_never_overwritten, "aws_ecr_repository", {"image_tag_mutability": "MUTABLE"}),
    (files_are_mounted_to_read, TASK, task(mountPoints=[{"containerPath": "/"}])),
]


@pytest.mark.parametrize("policy", POLICIES)
def test_policy(policy: Policy, every_kind: Mapping[str, Synthesised]) -> None:
    assert findings(policy, every_kind) == []


@pytest.mark.parametrize(("policy", "kind", "args"), BAD)
def test_the_policy_finds_what_is_wrong(policy: Policy, kind: str, args: Args) -> None:
    assert list(policy(made_of((kind, args))))


def test_a_shared_role_would_be_found() -> None:
    assert list(each_service_has_roles_of_its_own(made_of((TASK, task()), (TASK, task()))))
