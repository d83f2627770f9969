"""Base class of every stack: backend, provider and tags."""

from typing import ClassVar

from cdktf import S3Backend, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from modules.account import AccountConfig
from modules.moved import Moved, moved_blocks
from modules.resource_group import ScopeAndId, address
from modules.stack_id import StackId
from modules.terraform import TERRAFORM_VERSION


class Stack(TerraformStack):
    """A module applied once, with a separate state, an AWS provider for one account, and tags on every resource."""

    moved: ClassVar[Moved] = {}
    """Old and new addresses of renamed resources."""

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
        # cdktf 0.21 has no argument for use_lockfile. The table is also in use: only it stores a digest of the state.
        self.add_override("terraform.backend.s3.use_lockfile", True)
        self.add_override("terraform.required_version", TERRAFORM_VERSION)
        if self.moved:
            self.add_override("moved", moved_blocks(self.moved))

    @property
    def tags(self) -> dict[str, str]:
        """Tags of every resource in this stack."""
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

    def at(self, word: str = "", key: str = "") -> ScopeAndId:
        """Return scope and id of a resource or group of this stack."""
        return self, address("", word, key)

    def output(self, **values: tuple[str, str]) -> None:
        """Declare outputs, each a value and a description. No resource of the stack can have the same name."""
        for id, (value, description) in values.items():
            TerraformOutput(self, id, value=value, description=description)
