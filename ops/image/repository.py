"""ECR repository of an environment."""

import base64
import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from configuration.environment import Environment
from modules.platform.names import PlatformNames
from ops.account import Account, aws_errors
from ops.errors import OpsError
from ops.stacks import selection
from ops.stacks.states import deployable_accounts
from ops.stacks.synthesis import synthesise
from ops.terraform.environment import environment_of
from ops.terraform.install import check_version, provider_settings
from ops.terraform.options import TerraformOptions
from ops.terraform.stack import Report, StackTerraform
from ops.terraform.working_folder import WorkingFolder


@dataclass(frozen=True)
class Repository:
    """ECR repository of an environment, with a client of ECR."""

    name: str
    uri: str
    ecr: Any

    @classmethod
    def find(cls, environment: Environment, account: Account) -> "Repository | None":
        """Return the repository, or None if it does not exist yet."""
        name = PlatformNames.of(environment.prefix, account.config.account_id).repository
        ecr = account.client("ecr")
        with _explained_errors(name):
            try:
                (found,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
            except ecr.exceptions.RepositoryNotFoundException:
                return None
        return cls(name, found["repositoryUri"], ecr)

    def digest(self, tag: str) -> str | None:
        """Return the digest of the image with a tag, or None."""
        with _explained_errors(self.name):
            images = self.ecr.batch_get_image(repositoryName=self.name, imageIds=[{"imageTag": tag}])["images"]
        return str(images[0]["imageId"]["imageDigest"]) if images else None

    def tags(self) -> list[str]:
        """Return the tags of all images."""
        with _explained_errors(self.name):
            pages = self.ecr.get_paginator("list_images").paginate(repositoryName=self.name)
            return [image["imageTag"] for page in pages for image in page["imageIds"] if "imageTag" in image]

    def credentials(self) -> dict[str, str]:
        """Return user and password for the registry. They are valid for 12 hours, and stored nowhere."""
        with _explained_errors(self.name):
            (granted,) = self.ecr.get_authorization_token()["authorizationData"]
        user, _, password = base64.b64decode(granted["authorizationToken"]).decode().partition(":")
        return {"username": user, "password": password}


def _explained_errors(name: str) -> AbstractContextManager[None]:
    return aws_errors(f"the repository {name} cannot be used", "check your role's permissions for ECR")


def check_creatable(environment: Environment) -> None:
    """Raise OpsError unless the platform's stack can be deployed: Terraform, provider, account, remote state."""
    check_version()
    provider_settings()
    deployable_accounts([selection.StackRef.of(environment.platform_id, environment.platform)])


def create_repository(environment: Environment, account: Account, report: Report) -> Repository:
    """Create the repository, and nothing else of the platform's stack, by Terraform with the stack's own state and locks.

    The deploy of the stack finds it in its state.
    """
    stack = environment.platform_id.name
    with WorkingFolder.create() as folder:
        synthesised = synthesise([stack], folder.synthesised)[stack]
        resources = json.loads((synthesised / "cdk.tf.json").read_text())["resource"]
        targets = [f"{kind}.{id}" for kind, ids in resources.items() if kind.startswith("aws_ecr_") for id in ids]
        terraform = StackTerraform(
            synthesised,
            environment_of({**provider_settings(), **account.variables}),
            log=folder.log(stack),
            report=report,
            options=TerraformOptions(targets=targets),
        )
        terraform.init()
        terraform.apply()
        created = Repository.find(environment, account)
        if created is None:
            raise OpsError(f"{stack} has no repository after its deploy: see {folder.log(stack)}")
    return created
