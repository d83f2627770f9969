"""Published ports of containers.

AWS: security groups decide who can connect; in this project no database or task is open to the internet.
ministack 1.5.33: publishes the port of every database and cache at all addresses of the machine, although it reaches
them over a network. If the port is taken, Terraform succeeds with an endpoint that does not answer.
Remove when services/rds.py and services/elasticache.py of ministack publish no `ports` if DOCKER_NETWORK is set.
"""

import os
from typing import Any

from local_aws import containers
from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Publish no ports. Label containers and volumes with the run id, by which `stop` finds them."""
    if containers.RUN_ID_VARIABLE not in os.environ:
        return
    from docker.models.containers import ContainerCollection  # type: ignore[import-untyped]

    @replace(ContainerCollection, "create", "self image command kwargs")
    def create(original: Function, self: Any, image: Any, command: Any = None, **settings: Any) -> Any:
        settings.pop("ports", None)
        ours = {containers.RUN_LABEL: os.environ[containers.RUN_ID_VARIABLE]}
        settings["labels"] = {**settings.get("labels", {}), **ours}
        volumes = settings.get("volumes")
        if isinstance(volumes, dict):  # named volumes of databases, which the engine would create without a label
            for name in volumes:
                self.client.volumes.create(name, labels=ours)
        return original(self, image, command, **settings)
