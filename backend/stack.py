"""Backend stack, which stores the state of every stack, including its own. ``ops bootstrap`` deploys it."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
)
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from constructs import Construct

from backend import policies
from backend.stack_id import BackendId
from modules import moved
from modules.account import PREFIX, AccountConfig
from modules.bucket import Bucket
from modules.contract import PlatformContract
from modules.iam import policy
from modules.stack import Stack
from modules.stack_id import StackId

# Long enough to notice that a state was damaged, and to restore an older version.
OLD_STATE_DAYS = 365


class StateBackend(Stack):
    """State bucket, lock table, and a policy for each project that allows access to the state of that project only.

    ``removable`` removes the deletion protection, for `ops teardown`.
    """

    moved = moved.BACKEND

    @property
    def tags(self) -> dict[str, str]:
        """Tags of every resource in this stack, which several environments share and which outlives them."""
        return {**{key: value for key, value in super().tags.items() if key != "Expires"}, "Module": "backend"}

    def __init__(
        self, scope: Construct, account: AccountConfig, *, projects: Sequence[StackId], removable: bool = False
    ) -> None:
        super().__init__(scope, BackendId.of(account), account)
        state = Bucket(
            self,
            "state",
            name=account.state_bucket,
            partition=account.partition,
            protected=not removable,
            noncurrent_days=OLD_STATE_DAYS,
        )
        table = DynamodbTable(
            *self.at("lock"),
            name=account.lock_table,
            billing_mode="PAY_PER_REQUEST",
            hash_key="LockID",
            attribute=[DynamodbTableAttribute(name="LockID", type="S")],
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=DynamodbTableServerSideEncryption(enabled=True),
            deletion_protection_enabled=not removable,
        )
        if not removable:
            # In addition to AWS's protection: Terraform refuses even to plan their destruction.
            for resource in (state.bucket, table):
                resource.lifecycle = TerraformResourceLifecycle(prevent_destroy=True)
        # Bootstrap creates both before there is a state; Terraform skips imports of resources that are in the state.
        # Not import_from(), for which cdktf 0.21 runs `terraform version` twice in every synthesis.
        adopted = {"aws_s3_bucket.state": account.state_bucket, "aws_dynamodb_table.lock": account.lock_table}
        self.add_override("import", [{"to": to, "id": id} for to, id in adopted.items()])
        located = f"{account.region}:{account.account_id}"
        table_arn = f"arn:{account.partition}:dynamodb:{located}:table/{account.lock_table}"
        owners = sorted({(id.environment, str(id.project)) for id in projects})
        for environment, project in owners:
            keys = [id.state_key for id in projects if (id.environment, id.project) == (environment, project)]
            contract = PlatformContract.path(f"{PREFIX}-{environment}")
            IamPolicy(
                *self.at("developers", key=f"{environment}_{project}"),
                name=f"{PREFIX}-{environment}-{project}-state",
                path=f"/{PREFIX}-{environment}/",
                description=f"State of project {project} in {environment}",
                policy=policy(
                    policies.find_own_state(state.arn, environment, project),
                    policies.read_and_write_own_state(state.arn, keys),
                    policies.release_own_lock(state.arn, keys),
                    policies.lock_own_state(table_arn, account.state_bucket, keys),
                    policies.read_contract(f"arn:{account.partition}:ssm:{located}:parameter{contract}"),
                ),
            )
        self.output(
            bucket=(state.bucket.bucket, "State of every stack"),
            lock_table=(table.name, "Locks and digests"),
        )
