"""AWS account and region of an environment, as its configuration file names them."""

from datetime import date
from typing import Annotated

from pydantic import Field

from modules.config import AccountId, Config, Owner, Region, Tags

# First part of every physical name.
PREFIX = "airflow"


class AccountConfig(Config):
    """Account, region and profile of an environment, and the tags of its resources."""

    account_id: AccountId
    region: Region
    owner: Owner
    tags: Tags = {}
    aws_profile: Annotated[str, Field(pattern=r"^[\w.@-]+$", examples=["dev-admin"])] | None = None
    """The named profile of ~/.aws/config with which this environment is deployed; by default AWS_PROFILE applies."""
    expires: Annotated[date | None, Field(examples=["2027-01-31"])] = None
    """Last day of a temporary environment: a tag on all its resources, and listed by `ops branches`."""
    local_aws: bool = False
    """Deploy to the AWS emulator on this machine (``ops local-aws``) instead of to AWS."""

    @classmethod
    def of(cls, config: "AccountConfig") -> "AccountConfig":
        """Return the account's fields of a configuration that has further fields."""
        return AccountConfig(**{name: getattr(config, name) for name in AccountConfig.model_fields})

    @property
    def location(self) -> tuple[str, str]:
        """Account id and region, which environments with a common state bucket share."""
        return self.account_id, self.region

    @property
    def state_bucket(self) -> str:
        """Name of the state bucket of the account and region; the account id makes it unique in S3."""
        return f"{PREFIX}-state-{self.account_id}-{self.region}"

    @property
    def lock_table(self) -> str:
        """Name of the lock table of the account and region."""
        return f"{PREFIX}-state-lock"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in this account and region; ``resource`` can be a pattern."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    @property
    def partition(self) -> str:
        """AWS partition, the second field of every ARN."""
        return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(self.region.rsplit("-", 2)[0], "aws")
