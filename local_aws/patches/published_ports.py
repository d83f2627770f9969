"""Who can connect to a container.

AWS: whatever its security groups let in; in this project a database or a task is never open to the world.
ministack 1.5.33: publishes the port of every database and cache at all addresses of the machine, also where it reaches
them over a network. If the port is taken, Terraform succeeds with an endpoint that is dead.
Remove when `ports` in services/rds.py and services/elasticache.py of ministack is left out where DOCKER_NETWORK is set.
"""

import os
from typing import Any

from local_aws import containers
from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Publish none, and mark what is made as ours: that is how `stop` finds it."""
    if containers.RUN_ID_VARIABLE not in os.environ:
        return
    from docker.models.containers import ContainerCollection  # type: ignore[import-untyped]

    def wrap(original: Function) -> Function:
        def create(self: Any, image: Any, command: Any = None, **settings: Any) -> Any:
            settings.pop("ports", None)
            ours = {containers.RUN_LABEL: os.environ[containers.RUN_ID_VARIABLE]}
            settings["labels"] = {**settings.get("labels", {}), **ours}
            if isinstance(
                volumes := settings.get("volumes"), dict
            ):  # of databases; the engine would make them unmarked
                for name in volumes:
                    self.client.volumes.create(name, labels=ours)
            return original(self, image, command, **settings)

        return create

    replace(ContainerCollection, "create", "self image command kwargs", wrap)
