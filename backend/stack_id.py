"""Identity of the backend's own stack."""

from dataclasses import dataclass

from modules.account import AccountConfig
from modules.stack_id import StackId


@dataclass(frozen=True)
class BackendId(StackId):
    """Backend of an account and region, which the environments there share."""

    @classmethod
    def of(cls, account: AccountConfig) -> "BackendId":
        """Return the id of the account's backend."""
        return cls("backend", f"{account.account_id}-{account.region}")

    @property
    def state_key(self) -> str:
        """Return the key of the backend's state, the same in every bucket: a bucket has one backend."""
        return "backend.tfstate"
