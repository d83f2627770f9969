"""An environment's repository in ECR."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from configuration.environment import Environment
from modules.platform.names import PlatformNames
from ops.account import Account
from ops.cdktf.command import ready
from ops.errors import OpsError
from ops.image.builder import LOG
from ops.paths import LOCAL
from ops.stacks import selection
from ops.stacks.synthesis import synthesise
from ops.terraform.install import check_version, provider_settings
from ops.terraform.run import terraform


@dataclass(frozen=True)
class Repository:
    """Where an environment's images are, and in whose hands."""

    name: str
    uri: str
    ecr: Any

    @classmethod
    def find(cls, environment: Environment, account: Account) -> "Repository | None":
        """The repository, None if the environment has none yet."""
        name = PlatformNames.of(environment.prefix, account.config.account_id).repository
        ecr = account.client("ecr")
        with _explained_errors(name):
            try:
                (found,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
            except ecr.exceptions.RepositoryNotFoundException:
                return None
        return cls(name, found["repositoryUri"], ecr)

    def digest(self, tag: str) -> str | None:
        """Of the image with this tag, if it is there."""
        with _explained_errors(self.name):
            images = self.ecr.batch_get_image(repositoryName=self.name, imageIds=[{"imageTag": tag}])["images"]
        return str(images[0]["imageId"]["imageDigest"]) if images else None

    def tags(self) -> list[str]:
        """Of every image."""
        with _explained_errors(self.name):
            pages = self.ecr.get_paginator("list_images").paginate(repositoryName=self.name)
            return [image["imageTag"] for page in pages for image in page["imageIds"] if "imageTag" in image]

    def credentials(self) -> dict[str, str]:
        """User and password for the registry. Good for twelve hours, and kept nowhere."""
        with _explained_errors(self.name):
            (given,) = self.ecr.get_authorization_token()["authorizationData"]
        user, _, password = base64.b64decode(given["authorizationToken"]).decode().partition(":")
        return {"username": user, "password": password}


@contextmanager
def _explained_errors(name: str) -> Iterator[None]:
    import botocore.exceptions

    try:
        yield
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise OpsError(f"the repository {name} cannot be used: {' '.join(str(error).split())}") from None


def check_creatable(environment: Environment) -> None:
    """Raises OpsError unless the platform's stack can be deployed: account, remote state, Terraform."""
    check_version()
    provider_settings()
    ready([selection.StackPlace.of(environment.platform_id, environment.platform)])


def create_repository(environment: Environment, account: Account) -> Repository:
    """Makes the registry, and nothing else of the platform's stack: by Terraform, with the stack's own state and locks.

    The deploy of the stack finds it there as its own.
    """
    folder = LOCAL / "image" / environment.name
    stack = environment.platform_id.name
    variables = {**provider_settings()[0], **account.variables}
    synthesised = synthesise([stack], folder)[stack]
    resources = json.loads((synthesised / "cdk.tf.json").read_text())["resource"]
    targets = [f"-target={kind}.{id}" for kind, ids in resources.items() if kind.startswith("aws_ecr_") for id in ids]
    terraform(["init", "-reconfigure"], synthesised, variables, log=LOG)
    terraform(["apply", "-auto-approve", *targets], synthesised, variables, log=LOG)
    made = Repository.find(environment, account)
    if made is None:
        raise OpsError(f"{stack} makes no repository: see {LOG}")
    return made
