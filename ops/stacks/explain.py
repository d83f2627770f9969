"""Reasons why tasks of an environment's services failed, with the end of their logs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from ops.account import Account
from ops.errors import OpsError
from ops.terminal import print_text

LAST_LINES = 15
# Stop codes of tasks that ended by themselves. A task that ECS or an operator stopped has another code, and a reason with
# "failed" in it if it was unhealthy: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
_BY_ITSELF = {"TaskFailedToStart", "EssentialContainerExited"}


@dataclass(frozen=True)
class LogTail:
    """The end of the log of a container of a failed task."""

    container: str
    exit_code: int | None
    log_group: str
    log_stream: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Failure:
    """The newest task of a service that failed."""

    service: str
    now: str
    """The tasks of the service that run now."""
    at: datetime
    reason: str
    logs: Sequence[LogTail]


def failures(account: Account, cluster: str, since: datetime | None = None) -> list[Failure]:
    """Return the newest failure of each service among the stopped tasks that ECS still lists, for about an hour.

    Raises OpsError if AWS does not answer.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return _failures(account, cluster, since or datetime.min.replace(tzinfo=UTC))
    except (BotoCoreError, ClientError) as error:
        raise OpsError(f"why tasks of {cluster} failed cannot be read: {' '.join(str(error).split())}") from None


def show_since(account: Account, cluster: str, since: datetime, console: Console) -> None:
    """Print why tasks failed since a failed deploy began, or why that cannot be read: the deploy's own error counts."""
    try:
        show(failures(account, cluster, since), console)
    except OpsError as error:
        print_text(console, str(error))


def show(found: Iterable[Failure], console: Console) -> None:
    """Print failures literally: log lines are not markup and are not truncated."""

    def line(text: str, style: str = "") -> None:
        print_text(console, text, style=style)

    for one in found:
        line(f"{one.service}: a task failed at {one.at:%H:%M:%S} UTC: {one.reason}", "bold")
        line(f"  now {one.now}")
        for tail in one.logs:
            code = "" if tail.exit_code is None else f" ended with {tail.exit_code}"
            line(f"  {tail.container}{code}; the end of {tail.log_stream} in {tail.log_group}:")
            for text in tail.lines or ["(it printed nothing)"]:
                line(f"    {text}")


def _failures(account: Account, cluster: str, since: datetime) -> list[Failure]:
    ecs = account.client("ecs")
    newest: dict[str, dict[str, Any]] = {}
    if not any(one["status"] == "ACTIVE" for one in ecs.describe_clusters(clusters=[cluster])["clusters"]):
        return []  # not deployed yet, or no more
    for page in ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus="STOPPED"):
        if not page["taskArns"]:
            continue
        for task in ecs.describe_tasks(cluster=cluster, tasks=page["taskArns"])["tasks"]:
            of, _, service = task["group"].partition(":")
            failed = task.get("stopCode") in _BY_ITSELF or "failed" in task.get("stoppedReason", "")
            if of == "service" and failed and task["stoppedAt"] >= since:
                newest[service] = max(newest.get(service, task), task, key=lambda one: one["stoppedAt"])
    return [_failure(account, ecs, task, cluster, service) for service, task in sorted(newest.items())]


def _failure(account: Account, ecs: Any, task: dict[str, Any], cluster: str, service: str) -> Failure:
    now = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    definition = ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
    options = {one["name"]: one["logConfiguration"]["options"] for one in definition["containerDefinitions"]}
    guilty = [one for one in task["containers"] if one.get("exitCode")]
    alone = [one for one in task["containers"] if one["name"] == service]
    said = [
        _log_tail(account, one, options[one["name"]], task["taskArn"].rpartition("/")[2]) for one in guilty or alone
    ]
    other = now["taskDefinition"] != task["taskDefinitionArn"]
    runs = f"{now['runningCount']} of {now['desiredCount']} tasks run"
    return Failure(
        service, runs + other * ", of another version than this one", task["stoppedAt"], task["stoppedReason"], said
    )


def _log_tail(account: Account, container: dict[str, Any], options: dict[str, str], task_id: str) -> LogTail:
    logs, group = account.client("logs"), options["awslogs-group"]
    stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{task_id}"
    try:
        events = logs.get_log_events(logGroupName=group, logStreamName=stream, limit=LAST_LINES)["events"]
    except logs.exceptions.ResourceNotFoundException:  # it ended before it printed anything
        events = []
    lines = [line for event in events for line in readable(event["message"])]
    return LogTail(container["name"], container.get("exitCode"), group, stream, lines[-LAST_LINES:])


def readable(message: str) -> list[str]:
    """Return the readable lines of a log message: of Airflow's JSON the level, the text and the exceptions."""
    try:
        entry = json.loads(message)
    except ValueError:
        return message.splitlines()
    if not isinstance(entry, dict):
        return [message]
    text = f"{entry.get('level', '')} {entry.get('event') or entry.get('message', '')}".strip()
    raised = entry.get("exception")
    if isinstance(raised, list):
        text = "\n".join([text, *(f"{one.get('exc_type')}: {one.get('exc_value')}" for one in raised)])
    return [line for line in text.splitlines() if line.strip()]
