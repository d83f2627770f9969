"""One stack: its name, where its state lies, its provider and its tags."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from cdktf import S3Backend, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct
from pydantic import Field

from modules.config import AccountId, Config, Owner, Region, Tags
from modules.part import Place

# Write-only arguments and ephemeral values, which keep secrets out of the state, came with 1.11.
TERRAFORM_VERSION = ">= 1.11.0"
PREFIX = "airflow"


class AccountConfig(Config):
    """Where an environment lies, and what marks what belongs to it."""

    account_id: AccountId
    region: Region
    owner: Owner
    tags: Tags = {}
    aws_profile: Annotated[str, Field(pattern=r"^[\w.@-]+$", examples=["dev-admin"])] | None = None
    """The named profile of ~/.aws/config with which this environment is deployed; by default whatever AWS_PROFILE says."""
    expires: Annotated[date | None, Field(examples=["2027-01-31"])] = None
    """The last day of an environment that is made to be thrown away: a tag on everything in it, and what `ops branches` says."""
    local_aws: bool = False
    """Deploy to the AWS emulator on this machine (``ops local-aws``) instead of to AWS."""

    @classmethod
    def of(cls, config: "AccountConfig") -> "AccountConfig":
        """Only what is about the account, of a configuration that says more."""
        return AccountConfig(**{name: getattr(config, name) for name in AccountConfig.model_fields})

    @property
    def state_bucket(self) -> str:
        """One bucket per account and region; the account makes the name unique among all of S3."""
        return f"{PREFIX}-state-{self.account_id}-{self.region}"

    @property
    def lock_table(self) -> str:
        """One lock table per account and region."""
        return f"{PREFIX}-state-lock"

    @property
    def partition(self) -> str:
        """The first part of every ARN."""
        return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(self.region.rsplit("-", 2)[0], "aws")


@dataclass(frozen=True)
class StackId:
    """Which module is applied for whom. Its name and state key are a contract: a changed key starts an empty state."""

    environment: str
    module: str
    project: str | None = None

    @property
    def name(self) -> str:
        """``dev-platform``, ``dev-weather-workflows``."""
        return "-".join(part for part in (self.environment, self.project, self.module) if part)

    @property
    def state_key(self) -> str:
        """``dev/platform.tfstate``, ``dev/weather/workflows.tfstate``."""
        return "/".join(part for part in (self.environment, self.project, self.module) if part) + ".tfstate"

    @property
    def base(self) -> "StackId | None":
        """The stack that this one builds on: platform <- infrastructure <- workflows."""
        if self.module == "workflows":
            return StackId(self.environment, "infrastructure", self.project)
        return StackId(self.environment, "platform") if self.project else None

    @property
    def prefix(self) -> str:
        """What the physical names of an environment, or of a project in it, begin with."""
        return "-".join(part for part in (PREFIX, self.environment, self.project) if part)


class Stack(TerraformStack):
    """A module applied once: state of its own, one AWS provider that accepts one account, tags on everything."""

    def __init__(self, scope: Construct, id: StackId, account: AccountConfig) -> None:
        super().__init__(scope, id.name)
        self.id = id
        self.account = account
        AwsProvider(
            self,
            "aws",
            region=account.region,
            allowed_account_ids=[account.account_id],
            s3_use_path_style=account.local_aws or None,
            default_tags=[AwsProviderDefaultTags(tags=self.tags)],
        )
        S3Backend(
            self,
            bucket=account.state_bucket,
            key=id.state_key,
            region=account.region,
            encrypt=True,
            dynamodb_table=account.lock_table,
            allowed_account_ids=[account.account_id],
            use_path_style=account.local_aws or None,
        )
        # cdktf 0.21 has no argument for it. Both locks: only the table keeps a digest of the state.
        self.add_override("terraform.backend.s3.use_lockfile", True)
        self.add_override("terraform.required_version", TERRAFORM_VERSION)

    @property
    def tags(self) -> dict[str, str]:
        """The tags of everything in this stack."""
        last_day = self.account.expires and self.account.expires.isoformat()
        marks = {
            "Environment": self.id.environment,
            "Project": self.id.project,
            "Module": self.id.module,
            "Expires": last_day,
        }
        return {
            **self.account.tags,
            **{key: value for key, value in marks.items() if value},
            "Owner": self.account.owner,
            "ManagedBy": "cdktf",
        }

    def at(self, id: str) -> Place:
        """The scope and id of a resource or part of this stack."""
        return self, id.replace("-", "_")

    def output(self, **values: tuple[str, str]) -> None:
        """Declares outputs: a value and a description each. A resource may not be called the same."""
        for id, (value, description) in values.items():
            TerraformOutput(self, id, value=value, description=description)
