"""The image registry, and which image runs."""

import json
from typing import Annotated

from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import (
    EcrRepository,
    EcrRepositoryEncryptionConfiguration,
    EcrRepositoryImageScanningConfiguration,
)
from pydantic import Field

from modules.config import Config
from modules.resource_group import ResourceGroup, Scope

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$", examples=["sha256:" + "0" * 64])]


class ImageConfig(Config):
    """Which Airflow runs. Without a ``digest`` it is the official image of that version, with no code of yours in it."""

    version: Annotated[str, Field(pattern=r"^3\.\d+\.\d+$", examples=["3.3.2"])] = "3.3.2"
    digest: Digest | None = None
    """Recorded by `ops image push`, or an image that another process pushes to the same registry."""
    keep: Annotated[int, Field(ge=2, le=1000)] = 20
    """Number of images that the registry keeps, for roll-backs."""


class Registry(ResourceGroup):
    """Our own images: scanned when pushed, never overwritten, the oldest deleted."""

    def __init__(self, scope: Scope, id: str, config: ImageConfig, *, name: str, protected: bool) -> None:
        super().__init__(scope, id)
        repository = EcrRepository(
            *self.at(),
            name=name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            encryption_configuration=[EcrRepositoryEncryptionConfiguration(encryption_type="AES256")],
            force_delete=not protected,
        )
        EcrLifecyclePolicy(
            *self.at("expiry"),
            repository=repository.name,
            policy=json.dumps(
                {
                    "rules": [
                        {
                            "rulePriority": 1,
                            "description": f"keep the newest {config.keep}",
                            "selection": {
                                "tagStatus": "any",
                                "countType": "imageCountMoreThan",
                                "countNumber": config.keep,
                            },
                            "action": {"type": "expire"},
                        }
                    ]
                }
            ),
        )
        self.arn = repository.arn
        self.url = repository.repository_url
        self.image = f"{self.url}@{config.digest}" if config.digest else f"docker.io/apache/airflow:{config.version}"
