"""Account of a local AWS with containers, with helpers for ECS tasks and services."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from local_aws import server
from local_aws.patches.launch import CONTAINER_NAME
from local_aws.state import LocalAws
from tests.facts import unique
from tests.local_aws.clients import Connect, connect_to

LOGS = "/tasks"
Result = TypeVar("Result")


def eventually(poll: Callable[[], Result], seconds: float = 60) -> Result:
    """Return the first truthy result of `poll`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := poll()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.2)
    return found


@dataclass
class Account:
    local_aws: LocalAws
    connect: Connect
    engine: Any
    image: str
    """Tag of an image with a shell and a web server."""
    provide: Callable[[str], str]
    """Function that makes another image available, by its tag."""

    def container(self, script: str, name: str = "main", **more: Any) -> dict[str, Any]:
        """Return a container definition that runs a shell script and logs to CloudWatch."""
        options = {"awslogs-group": LOGS, "awslogs-stream-prefix": "e2e", "awslogs-create-group": "true"}
        return {
            "name": name,
            "image": self.image,
            "command": ["sh", "-c", script],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        } | more

    def define(self, *containers: dict[str, Any], **more: Any) -> str:
        """Register a task definition, and return its ARN."""
        settings = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}
        registered = self.connect("ecs").register_task_definition(
            **settings | {"family": unique("task"), "containerDefinitions": list(containers)} | more
        )
        return str(registered["taskDefinition"]["taskDefinitionArn"])

    def run(self, *containers: dict[str, Any], **more: Any) -> str:
        """Run a task, and return its ARN."""
        launch = {"taskDefinition": self.define(*containers, **more), "launchType": "FARGATE"}
        return str(self.connect("ecs").run_task(**launch)["tasks"][0]["taskArn"])

    def serve(self, *containers: dict[str, Any], **more: Any) -> str:
        """Create a service with one task, and return its name."""
        name = unique("service")
        self.connect("ecs").create_service(
            serviceName=name, taskDefinition=self.define(*containers), desiredCount=1, launchType="FARGATE", **more
        )
        return name

    def service(self, name: str) -> Any:
        return self.connect("ecs").describe_services(services=[name])["services"][0]

    def tasks_of(self, service: str) -> list[str]:
        return list(self.connect("ecs").list_tasks(serviceName=service)["taskArns"])

    def task(self, arn: str) -> Any:
        return self.connect("ecs").describe_tasks(tasks=[arn])["tasks"][0]

    def status(self, arn: str, status: str, seconds: float = 60) -> Any:
        """Wait until a task has a status, and return its description."""
        return eventually(lambda: found if (found := self.task(arn))["lastStatus"] == status else None, seconds)

    def containers(self, arn: str) -> dict[str, Any]:
        """Return the engine's containers of a task, keyed by their names in the task definition."""
        filters = {"label": f"com.amazonaws.ecs.task-arn={arn}"}
        return {
            each.labels[CONTAINER_NAME]: each
            for each in self.engine.containers.list(all=True, filters=filters, ignore_removed=True)
        }

    def printed(self, arn: str, name: str = "main") -> list[str]:
        """Return the lines of a container in CloudWatch."""
        logs, stream = self.connect("logs"), f"e2e/{name}/{arn.rpartition('/')[2]}"
        found = logs.describe_log_streams(logGroupName=LOGS, logStreamNamePrefix=stream)["logStreams"]
        if not found:
            return []
        return [event["message"] for event in logs.get_log_events(logGroupName=LOGS, logStreamName=stream)["events"]]

    def says(self, arn: str, line: str, name: str = "main", seconds: float = 60) -> None:
        """Wait until a container has printed a line; fails early if the task has ended without it."""
        ended = 0.0
        deadline = time.monotonic() + seconds
        while line not in (printed := self.printed(arn, name)):
            runs = any(each.status == "running" for each in self.containers(arn).values())
            if runs or self.task(arn)["lastStatus"] != "STOPPED":
                ended = 0.0
            ended = ended or time.monotonic()
            assert time.monotonic() < min(deadline, ended + 5), f"{line} not in {printed}"
            time.sleep(0.2)

    @cached_property
    def subnet(self) -> tuple[str, str]:
        """Ids of a VPC and of a subnet in it."""
        ec2 = self.connect("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        return vpc, ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]


@contextmanager
def account(root: Path, engine: Any, image: Callable[[str], str], patches: tuple[str, ...]) -> Iterator[Account]:
    """Run an emulator with these patches, for the duration of the context."""
    busybox = image("busybox:1")
    local_aws = server.start(root, patches=patches)
    try:
        connect = connect_to(local_aws)
        connect("logs").create_log_group(logGroupName=LOGS)
        connect("ecs").create_cluster(clusterName="default")
        yield Account(local_aws, connect, engine, busybox, image)
    finally:
        server.stop(root)
