"""Private DNS names of ECS services.

AWS: a service that is registered in Cloud Map has the name `<service>.<namespace>` in its VPC.
ministack 1.5.33: stores the registration, but does not resolve the name.
In a task: http://api-server.<cluster>.internal, the execution API, does not resolve, so no Airflow task runs.
Remove when services/ecs.py of ministack reads `serviceRegistries`.
"""

from typing import Any

from local_aws import network
from local_aws.patches.launch import Launch, adjust_container


def apply() -> None:
    """Give tasks the name as an alias in their network, whose DNS returns every container with that alias."""
    adjust_container(add_aliases)


def add_aliases(launch: Launch, settings: dict[str, Any]) -> None:
    """Add aliases to essential containers: the others do not serve requests."""
    if launch.container.get("essential", True) and (names := private_names(launch.task_arn)):
        settings["networking_config"] = {network.NAME: {"Aliases": names}}


def private_names(task_arn: str) -> list[str]:
    """Return the names in Cloud Map of the service of a task."""
    from ministack.services import ecs, servicediscovery

    task = ecs._tasks[task_arn]
    cluster = task["clusterArn"].rpartition("/")[2]
    service = ecs._services.get(f"{cluster}/{task['group'].removeprefix('service:')}") or {}
    arns = {registry["registryArn"] for registry in service.get("serviceRegistries", [])}
    entries = [each for each in servicediscovery._services.values() if each["Arn"] in arns]
    return [f"{each['Name']}.{servicediscovery._namespaces[each['NamespaceId']]['Name']}" for each in entries]
