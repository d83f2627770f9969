"""boto3 clients of one emulator."""

from functools import cache
from typing import Any, Protocol

from botocore.config import Config

from local_aws.state import LocalAws

QUICK = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})


class Connect(Protocol):
    def __call__(self, service: str) -> Any: ...


def connect_to(local_aws: LocalAws) -> Connect:
    """Return a function that creates each client once, because that takes long."""
    return cache(lambda service: local_aws.client(service, config=QUICK))
