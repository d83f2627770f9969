"""The account's own ECR registry.

AWS: `repositoryUri` is where one pushes to and what ECS pulls from.
ministack 1.5.33: is a registry, at its own address, and names `<account>.dkr.ecr.<region>.amazonaws.com`, the real ECR.
In a push: no such registry. In a service: CannotPullContainerError.
Remove when `_repo_uri` in services/ecr.py of ministack names an address of its own.
"""

import json
import os
from typing import Any

from local_aws.patches.replace import Function, replace
from local_aws.ports import LOOPBACK


def apply() -> None:
    """Name the emulator. Docker takes a registry on loopback without TLS."""
    from ministack.services import ecr

    here = f"{LOOPBACK}:{os.environ['GATEWAY_PORT']}"

    def wrap_uri(original: Function) -> Function:
        return lambda name: f"{here}/{name}"

    def wrap_token(original: Function) -> Function:
        def token(data: dict[str, Any]) -> Any:
            status, headers, body = original(data)
            answer = json.loads(body)
            for one in answer["authorizationData"]:
                one["proxyEndpoint"] = f"http://{here}"
            return status, headers, json.dumps(answer).encode()

        return token

    replace(ecr, "_repo_uri", "name", wrap_uri)
    replace(ecr, "_get_authorization_token", "data", wrap_token)
