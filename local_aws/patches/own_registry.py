"""Address of the account's ECR registry.

AWS: `repositoryUri` is the address for pushes and for ECS.
ministack 1.5.33: is a registry at its own address, but returns `<account>.dkr.ecr.<region>.amazonaws.com`, the real ECR.
In a push: no such registry. In a service: CannotPullContainerError.
Remove when `_repo_uri` in services/ecr.py of ministack returns ministack's address.
"""

import json
import os
from typing import Any

from local_aws.patches.replace import Function, replace
from local_aws.ports import LOOPBACK


def apply() -> None:
    """Return the emulator's address. Docker accepts a registry on loopback without TLS."""
    from ministack.services import ecr

    address = f"{LOOPBACK}:{os.environ['GATEWAY_PORT']}"

    @replace(ecr, "_repo_uri", "name")
    def uri(original: Function, name: str) -> str:
        return f"{address}/{name}"

    @replace(ecr, "_get_authorization_token", "data")
    def token(original: Function, data: dict[str, Any]) -> Any:
        status, headers, body = original(data)
        response = json.loads(body)
        for each in response["authorizationData"]:
            each["proxyEndpoint"] = f"http://{address}"
        return status, headers, json.dumps(response).encode()
