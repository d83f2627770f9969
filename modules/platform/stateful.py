"""A server from a third-party image as a service on ECS: one task, its files on EFS, its password in Secrets Manager."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modules.config import TaskSize
from modules.container import Container, TaskContext
from modules.firewall import Firewall
from modules.platform.components import Component
from modules.platform.service import Service, ServiceSpec
from modules.platform.site import PlatformSite
from modules.resource_group import ResourceGroup, Scope
from modules.secret import Secret, inner, random_text


@dataclass(frozen=True, kw_only=True)
class Server:
    """Image, user and data folder of a server."""

    component: Component
    image: str
    uid: int
    gid: int
    folder: str
    """Folder on the file system; never shared with another server."""
    data: str
    """Path of that folder in the container."""
    password_variables: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class StatefulService(ResourceGroup):
    """A server whose data outlives its container: the next container has the same files, password and private name."""

    def __init__(
        self,
        scope: Scope,
        id: str,
        size: TaskSize,
        *,
        server: Server,
        site: PlatformSite,
        description: str,
    ) -> None:
        """``description``: of the password."""
        super().__init__(scope, id)
        component = server.component
        self.host = f"{component.name}.{site.cluster.domain}"
        self.firewall = Firewall(
            self, "firewall", prefix=site.prefix, component=component.name, vpc_id=site.network.vpc_id
        )
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
        spec = ServiceSpec(
            component=component,
            size=size,
            containers=[main],
            context=TaskContext(image=server.image, region=site.account.region, volume=folder.volume),
            statements=[folder.mount, folder.write],
        )
        self.service = Service(
            scope, id, spec, site=site, firewalls=[self.firewall], depends_on=site.files.mount_targets
        ).service

    def stored_password(self) -> str:
        """Return the password as an expression within a longer text."""
        return f"${{{inner(self.password.value(self, 'stored_password'))}}}"
