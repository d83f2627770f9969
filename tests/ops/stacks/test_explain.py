"""Reasons of a failed deploy, with stubs of ECS and CloudWatch Logs that follow AWS's API."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from rich.console import Console

from ops.account import Account
from ops.errors import OpsError
from ops.stacks import explain, selection
from ops.stacks.selection import StackRef
from ops.terraform.engine import Engine
from ops.terraform.result import Result
from ops.terraform.working_folder import WorkingFolder
from tests.facts import unique

CLUSTER = "airflow-dev"
NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
DEFINITION = "arn:aws:ecs:eu-west-1:111111111111:task-definition/airflow-dev-api-server"
FAILED = '{"level":"critical","event":"Unhandled exception","exception":[{"exc_type":"OperationalError","exc_value":"no [such] column\\nLINE 1"}]}'


class Aws(Account):
    """AWS account whose ECS and logs return given responses, and fail on calls that AWS's API does not have."""

    def __init__(self) -> None:
        super().__init__(selection.environment("dev").platform, {})
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "eu-west-1"}
        self.clients = {name: boto3.client(name, **keys) for name in ("ecs", "logs")}  # type: ignore[call-overload]
        self.ecs, self.logs = (Stubber(one) for one in self.clients.values())

    def client(self, service: str) -> Any:
        return self.clients[service]

    def has_clusters(self, *status: str) -> None:
        self.ecs.add_response("describe_clusters", {"clusters": [{"status": one} for one in status]})

    def has_stopped(self, *tasks: dict[str, Any]) -> None:
        self.has_clusters("ACTIVE")
        arns = [one["taskArn"] for one in tasks]
        asked = {"cluster": CLUSTER, "desiredStatus": "STOPPED"}
        # Two pages, as with more than 100 tasks.
        self.ecs.add_response("list_tasks", {"taskArns": arns, "nextToken": "more"}, asked)
        self.ecs.add_response("describe_tasks", {"tasks": list(tasks)}, {"cluster": CLUSTER, "tasks": arns})
        self.ecs.add_response("list_tasks", {"taskArns": []}, asked | {"nextToken": "more"})

    def runs(self, service: str, revision: int, *containers: str) -> None:
        now = {"runningCount": 2, "desiredCount": 2, "taskDefinition": f"{DEFINITION}:{revision}"}
        self.ecs.add_response("describe_services", {"services": [now]}, {"cluster": CLUSTER, "services": [service]})
        options = {"awslogs-group": f"/airflow-dev/{service}", "awslogs-stream-prefix": "ecs"}
        defined = [
            {"name": name, "logConfiguration": {"logDriver": "awslogs", "options": options}} for name in containers
        ]
        answer = {"taskDefinition": {"containerDefinitions": defined}}
        self.ecs.add_response("describe_task_definition", answer, {"taskDefinition": ANY})

    def printed(self, stream: str, *lines: str) -> None:
        asked = {"logGroupName": ANY, "logStreamName": stream, "limit": explain.LAST_LINES}
        self.logs.add_response("get_log_events", {"events": [{"message": line} for line in lines]}, asked)


@pytest.fixture
def aws() -> Iterator[Aws]:
    it = Aws()
    with ExitStack() as stack:
        for stubber in (it.ecs, it.logs):
            stack.enter_context(stubber)
        yield it
        for stubber in (it.ecs, it.logs):
            stubber.assert_no_pending_responses()


def task(service: str, minutes: int, *containers: dict[str, Any], code: str = "EssentialContainerExited") -> Any:
    id = unique("t")
    return {
        "taskArn": f"arn:aws:ecs:eu-west-1:111111111111:task/{CLUSTER}/{id}",
        "taskDefinitionArn": f"{DEFINITION}:2",
        "group": f"service:{service}",
        "stopCode": code,
        "stoppedReason": "Essential container in task exited",
        "stoppedAt": NOON + timedelta(minutes=minutes),
        "containers": list(containers),
    }


def shown(found: list[explain.Failure]) -> list[str]:
    printed = StringIO()
    explain.show(found, Console(width=40, file=printed))
    return printed.getvalue().splitlines()


def test_a_failed_migration_is_shown_with_its_error_and_the_version_that_runs(aws: Aws) -> None:
    containers = {"name": "migration", "exitCode": 1}, {"name": "api-server"}
    earlier, newest = (task("api-server", minutes, *containers) for minutes in (1, 3))
    id = newest["taskArn"].rpartition("/")[2]
    aws.has_stopped(newest, earlier)
    aws.runs("api-server", 1, "migration", "api-server")
    aws.printed(f"ecs/migration/{id}", '{"level":"info","event":"Performing upgrade"}', FAILED, "not [b]JSON[/b]")
    assert shown(explain.failures(aws, CLUSTER)) == [
        "api-server: a task failed at 12:03:00 UTC: Essential container in task exited",
        "  now 2 of 2 tasks run, of another version than this one",
        f"  migration ended with 1; the end of ecs/migration/{id} in /airflow-dev/api-server:",
        "    info Performing upgrade",
        "    critical Unhandled exception",
        "    OperationalError: no [such] column",
        "    LINE 1",
        "    not [b]JSON[/b]",
    ]


def test_a_task_without_output_is_shown_with_its_reason(aws: Aws) -> None:
    aws.has_stopped(task("scheduler", 0, {"name": "migration"}, {"name": "scheduler"}, code="TaskFailedToStart"))
    aws.runs("scheduler", 2, "migration", "scheduler")
    aws.logs.add_client_error("get_log_events", "ResourceNotFoundException")
    [_, now, where, said] = shown(explain.failures(aws, CLUSTER))
    assert now == "  now 2 of 2 tasks run"
    assert where.startswith("  scheduler; the end of ecs/scheduler/")
    assert said == "    (it printed nothing)"


def test_an_unhealthy_task_has_failed_and_a_replaced_one_has_not(aws: Aws) -> None:
    sick = task("triggerer", 0, {"name": "triggerer"}, code="ServiceSchedulerInitiated")
    sick["stoppedReason"] = "Task failed container health checks"
    replaced = task("scheduler", 0, {"name": "scheduler", "exitCode": 143}, code="ServiceSchedulerInitiated")
    replaced["stoppedReason"] = "Scaling activity initiated by deployment ecs-svc/1"
    dags = task("scheduler", 0, {"name": "airflow-task", "exitCode": 1})
    dags["group"] = "family:airflow-dev-weather-task"
    aws.has_stopped(sick, replaced, dags)
    aws.runs("triggerer", 2, "triggerer")
    aws.printed(f"ecs/triggerer/{sick['taskArn'].rpartition('/')[2]}")
    assert [one.service for one in explain.failures(aws, CLUSTER)] == ["triggerer"]


def test_after_a_deploy_only_failures_during_it_are_shown(aws: Aws) -> None:
    aws.has_stopped(task("scheduler", -1, {"name": "scheduler", "exitCode": 1}))
    assert explain.failures(aws, CLUSTER, NOON) == []


@pytest.mark.parametrize("status", [[], ["INACTIVE"]])
def test_no_cluster_is_no_failure(aws: Aws, status: list[str]) -> None:
    aws.has_clusters(*status)
    assert explain.failures(aws, CLUSTER) == []


def test_missing_permission_is_an_error_of_one_line(aws: Aws) -> None:
    aws.ecs.add_client_error("describe_clusters", "AccessDeniedException", "not\nallowed")
    with pytest.raises(OpsError, match=r"why tasks of airflow-dev failed cannot be read: .*AccessDenied.*not allowed"):
        explain.failures(aws, CLUSTER)


def test_after_a_failed_deploy_the_reasons_are_shown_or_why_they_cannot_be_read(aws: Aws) -> None:
    printed = StringIO()
    failed = task("scheduler", 1, {"name": "scheduler", "exitCode": 1})
    aws.has_stopped(failed)
    aws.runs("scheduler", 1, "scheduler")
    aws.printed(f"ecs/scheduler/{failed['taskArn'].rpartition('/')[2]}", "no luck")
    explain.show_since(aws, CLUSTER, NOON, Console(file=printed))
    aws.ecs.add_client_error("describe_clusters", "AccessDeniedException")
    explain.show_since(aws, CLUSTER, NOON, Console(file=printed))
    lines = printed.getvalue().splitlines()
    assert lines[0].startswith("scheduler: a task failed at 12:01:00 UTC")
    assert lines[-2] == "    no luck"
    assert lines[-1].startswith("why tasks of airflow-dev failed cannot be read: ")


def test_a_deploy_shows_the_reasons_of_each_platform_that_failed(
    aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(self: Engine, stack: StackRef) -> Result:
        return Result(stack.name, "deployed" if stack.name == "prod-platform" else "failed")

    asked = []
    monkeypatch.setattr(Engine, "_begin", end)
    monkeypatch.setattr(explain, "show_since", lambda account, cluster, *_: asked.append((account, cluster)))
    stacks = [stack for stack in selection.all_stacks(selection.environments()) if "weather" not in stack.name]
    accounts = dict.fromkeys((stack.bucket for stack in stacks), aws)
    engine = Engine(WorkingFolder(tmp_path), {}, accounts, Console(file=StringIO()))
    engine.run("deploy", stacks)
    assert sorted(asked, key=lambda one: one[1]) == [(aws, "airflow-dev"), (aws, "airflow-local")]
