"""Accounts of AWS, or the local AWS, that a command connects to."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local_aws import server
from modules.account import AccountConfig
from ops.errors import OpsError
from ops.paths import ROOT


@dataclass(frozen=True)
class Account:
    """An account and region, with the environment variables that select it."""

    config: AccountConfig
    variables: Mapping[str, str]

    def client(self, service: str) -> Any:
        """Return a boto3 client. The type is Any because boto3's types depend on the service's name."""
        return self._session().client(service, endpoint_url=self.variables.get("AWS_ENDPOINT_URL"))

    def _session(self) -> Any:
        import boto3  # takes 0.2 s: only for commands that call AWS

        variables = self.variables
        return boto3.Session(
            aws_access_key_id=variables.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=variables.get("AWS_SECRET_ACCESS_KEY"),
            aws_session_token=variables.get("AWS_SESSION_TOKEN"),
            profile_name=self.config.aws_profile,
            region_name=self.config.region,
        )

    def check(self) -> None:
        """Raise OpsError unless there are credentials, and they are for this account."""
        account_id = self.config.account_id
        with aws_errors(
            f"the AWS credentials for account {account_id} do not work", "set AWS_PROFILE, or log in again"
        ):
            if self._session().get_credentials() is None:
                raise OpsError(
                    f"no AWS credentials for account {account_id}: set AWS_PROFILE, or run `aws sso login` or `aws configure`"
                )
            found = self.client("sts").get_caller_identity()["Account"]
        if found != account_id:
            raise OpsError(
                f"the AWS credentials are for account {found}, this environment is in {account_id}: set AWS_PROFILE to that account's"
            )

    def has_state_bucket(self, key: str = "") -> bool:
        """Return True if the remote state exists. A project's developers may only list a ``key`` of their own project."""
        import botocore.exceptions

        try:
            self.client("s3").list_objects_v2(Bucket=self.config.state_bucket, Prefix=key, MaxKeys=1)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchBucket":
                return False
            raise OpsError(
                f"bucket {self.config.state_bucket} cannot be read ({error}): it may belong to another account, "
                f"or the role lacks s3:ListBucket{key and f' for {key}'}"
            ) from None
        return True


def account_of(config: AccountConfig, *, start: bool = False) -> Account:
    """Return the account of an environment; with ``start`` a local AWS that the environment uses is started if needed."""
    if not config.local_aws:
        named = {"AWS_PROFILE": config.aws_profile} if config.aws_profile else {}
        kept = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        return Account(config, {**kept, **named, "AWS_REGION": config.region, "AWS_DEFAULT_REGION": config.region})
    running = server.start(ROOT) if start else server.running(ROOT)
    if running is None:
        raise OpsError(
            "the local AWS is not running: start it with `pipenv run ops local-aws start`, or all at once with `make demo`"
        )
    return Account(config, {**running.environment(), "AWS_REGION": config.region, "AWS_DEFAULT_REGION": config.region})


@contextmanager
def aws_errors(problem: str, remedy: str) -> Iterator[None]:
    """Turn an error of AWS into an OpsError of one line: the problem, the message of AWS, the remedy."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OpsError(f"{problem} ({' '.join(str(error).split())}): {remedy}") from None
