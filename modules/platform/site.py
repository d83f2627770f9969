"""Neighbours of the platform's services: the network, the cluster, and what services share there."""

from dataclasses import dataclass

from modules.account import AccountConfig
from modules.bucket import Bucket
from modules.platform.cluster import Cluster
from modules.platform.files import Files
from modules.platform.network import Network
from modules.platform.registry import Registry


@dataclass(frozen=True, kw_only=True)
class PlatformSite:
    """Resources of a platform that its services, tasks and servers in containers use."""

    prefix: str
    """First part of every physical name: ``airflow-<env>``."""
    account: AccountConfig
    protected: bool
    """Refuse to destroy what holds data."""
    network: Network
    cluster: Cluster
    registry: Registry
    files: Files
    logs: Bucket
    """Logs of tasks."""

    @property
    def role_path(self) -> str:
        """Path of the environment's roles, which keeps them out of other environments' patterns."""
        return f"/{self.prefix}/"
