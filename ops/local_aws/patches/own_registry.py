"""Images in the account's own ECR registry.

AWS: ECS pulls `<account>.dkr.ecr.<region>.amazonaws.com/<repository>` from ECR.
ministack 1.5.33: is a registry, at its own address, and lets the engine ask the real ECR for that name.
In a service: CannotPullContainerError.
Remove when `_start_task_worker` in services/ecs.py of ministack pulls from itself.
"""

import os
from typing import Any

from ops.local_aws.patches.replace import Function, replace
from ops.local_aws.ports import LOOPBACK


def apply() -> None:
    """Let the engine ask the emulator. Docker takes a registry on loopback without TLS."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import ecs

    def wrap(original: Function) -> Function:
        def start(task: dict[str, Any], td: dict[str, Any], container_overrides: Any, docker_client: Any) -> None:
            there = f"{get_account_id()}.dkr.ecr.{get_region()}.amazonaws.com/"
            here = f"{LOOPBACK}:{os.environ['GATEWAY_PORT']}/"
            definitions = [
                each | {"image": each["image"].replace(there, here, 1)} for each in td["containerDefinitions"]
            ]
            original(task, td | {"containerDefinitions": definitions}, container_overrides, docker_client)

        return start

    replace(ecs, "_start_task_worker", "task td container_overrides docker_client", wrap)
