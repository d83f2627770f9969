"""The private names of ECS services.

AWS: a service that is registered in Cloud Map is found in its VPC as `<service>.<namespace>`.
ministack 1.5.33: keeps the registration, and nobody resolves the name.
In a task: the execution API at http://api-server.<cluster>.internal is not found, so no Airflow task runs.
Remove when services/ecs.py of ministack reads `serviceRegistries`.
"""

from typing import Any

from local_aws import network
from local_aws.patches.launch import Launch, adjust_container


def apply() -> None:
    """Give its tasks the name in the containers' network, whose DNS answers with all that have it."""
    adjust_container(add_aliases)


def add_aliases(launch: Launch, settings: dict[str, Any]) -> None:
    """Only to the containers that serve: the essential ones."""
    if launch.container.get("essential", True) and (names := private_names(launch.task_arn)):
        settings["networking_config"] = {network.NAME: {"Aliases": names}}


def private_names(task_arn: str) -> list[str]:
    """What Cloud Map has for the service of a task."""
    from ministack.services import ecs, servicediscovery

    task = ecs._tasks[task_arn]
    cluster = task["clusterArn"].rpartition("/")[2]
    service = ecs._services.get(f"{cluster}/{task['group'].removeprefix('service:')}") or {}
    arns = {registry["registryArn"] for registry in service.get("serviceRegistries", [])}
    entries = [each for each in servicediscovery._services.values() if each["Arn"] in arns]
    return [f"{each['Name']}.{servicediscovery._namespaces[each['NamespaceId']]['Name']}" for each in entries]
