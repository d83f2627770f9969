"""boto3 clients of one emulator."""

from typing import Any, Protocol

import boto3
from botocore.config import Config

from local_aws.state import LocalAws

QUICK = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})


class Connect(Protocol):
    def __call__(self, service: str) -> Any: ...


def connect_to(local_aws: LocalAws) -> Connect:
    variables = local_aws.environment()
    session = boto3.Session(
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_REGION"],
    )
    clients: dict[str, Any] = {}

    def connect(service: str) -> Any:
        if service not in clients:
            clients[service] = session.client(
                service,  # type: ignore[call-overload]
                endpoint_url=local_aws.endpoint_url,
                config=QUICK,
            )
        return clients[service]

    return connect
