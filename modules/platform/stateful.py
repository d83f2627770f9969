"""A server of somebody else's image as a service on ECS: one task, its files on EFS, its password in Secrets Manager."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modules.account import AccountConfig
from modules.config import TaskSize
from modules.container import Container, TaskContext
from modules.firewall import Firewall, allow, allow_https_out
from modules.platform.cluster import Cluster
from modules.platform.components import Component
from modules.platform.files import NFS, Files
from modules.platform.network import Network
from modules.platform.registry import Registry
from modules.platform.service import Service
from modules.resource_group import ResourceGroup, Scope
from modules.secret import Secret, inner, random_text


@dataclass(frozen=True, kw_only=True)
class Server:
    """What runs, as whom, and where it keeps its files."""

    component: Component
    image: str
    uid: int
    gid: int
    folder: str
    """On the file system; of its own, so that no other server ever finds these files."""
    data: str
    """Where the server has that folder."""
    password_variables: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where such a server stands."""

    prefix: str
    account: AccountConfig
    protected: bool
    cluster: Cluster
    network: Network
    registry: Registry
    files: Files


class StatefulService(ResourceGroup):
    """It outlives its container: another one goes on with the same files and password, under the same private name."""

    def __init__(
        self,
        scope: Scope,
        id: str,
        size: TaskSize,
        *,
        server: Server,
        site: Site,
        description: str,
    ) -> None:
        """``description``: of the password."""
        super().__init__(scope, id)
        component, cluster, account = server.component, site.cluster, site.account
        self.host = f"{component.name}.{cluster.domain}"
        self.firewall = Firewall(self, "firewall", prefix=site.prefix, part=component.name, vpc_id=site.network.vpc_id)
        allow(self.firewall, site.files.firewall, NFS)
        allow_https_out(self.firewall)
        self.password = Secret(
            self,
            "password",
            name=f"{site.prefix}/{component.name}-password",
            text=random_text(self, "random", 48),
            protected=site.protected,
            description=description,
        )
        folder = site.files.folder(server.folder, server.data, uid=server.uid, gid=server.gid, permissions="0700")
        main = Container(
            component.name,
            component.command,
            server.environment,
            dict.fromkeys(server.password_variables, self.password.arn),
            component.port,
            component.health,
            writes=True,
            user=f"{server.uid}:{server.gid}",
        )
        self.service = Service(
            scope,
            id,
            size,
            count=1,
            component=component,
            containers=[main],
            statements=[folder.mount, folder.write],
            context=TaskContext(image=server.image, region=account.region, volume=folder.volume),
            account_id=account.account_id,
            ecs_arns=f"{cluster.arns}:*",
            cluster=cluster,
            network=site.network,
            registry=site.registry,
            firewall=self.firewall,
            depends_on=site.files.mount_targets,
        ).service

    def stored_password(self) -> str:
        """The password within an expression for a larger text."""
        return f"${{{inner(self.password.value(self, 'stored_password'))}}}"
