"""Makes a service of a component: its containers, the secrets that ECS injects, and its permissions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from modules.config import TaskSize
from modules.container import Container, TaskContext
from modules.firewall import Firewall
from modules.iam import Statement
from modules.platform import components
from modules.platform.components import Component
from modules.platform.config import PlatformConfig
from modules.platform.container_settings import ContainerSettings
from modules.platform.database import Database
from modules.platform.entry import Entry
from modules.platform.keys import Keys
from modules.platform.requirements import Requirements
from modules.platform.service import Service, ServiceSpec
from modules.platform.site import PlatformSite
from modules.resource_group import Scope

FilesAccess = Literal["none", "read", "write"]


@dataclass(frozen=True, kw_only=True)
class ServiceFactory:
    """Makes the services of one platform."""

    scope: Scope
    config: PlatformConfig
    site: PlatformSite
    settings: ContainerSettings
    context: TaskContext
    keys: Keys
    entry: Entry
    database: Database

    def service(
        self,
        component: Component,
        size: TaskSize,
        *,
        count: int,
        autoscaled: bool = False,
        firewalls: Sequence[Firewall],
        statements: Sequence[Statement] = (),
        requirements: Requirements | None = None,
        files: FilesAccess = "read",
        after: Service | None = None,
    ) -> Service:
        """Create the service of a component.

        ``files``: its access to the projects' DAG files, which are also in the database. ``after``: a deploy updates
        this service only after the new version of that service is healthy.
        """
        needs = requirements or Requirements()
        has_database = component in components.COMPONENTS
        context = self.context if files != "none" else replace(self.context, volume=None)
        spec = ServiceSpec(
            component=component,
            size=size,
            count=count,
            autoscaled=autoscaled,
            containers=[*self._containers(component, needs, writes=files == "write"), *needs.sidecars],
            context=context,
            statements=[*([self.site.files.projects.mount] if context.volume else []), *statements, *needs.statements],
            execute_command=self.config.airflow.execute_command,
        )
        return Service(
            self.scope,
            component.name,
            spec,
            site=self.site,
            firewalls=firewalls,
            entry=self.entry if component is components.API_SERVER else None,
            instances=self.site.cluster.instances.provider
            if self.site.cluster.instances and component is components.WORKER
            else None,
            depends_on=[
                *(self.site.files.mount_targets if context.volume else []),
                *(self.database.ready if has_database else []),
                *([after.service] if after else []),
            ],
        )

    def _containers(self, component: Component, needs: Requirements, *, writes: bool) -> list[Container]:
        """Return the component's container, preceded by a container that migrates the database or waits for the migration."""
        migrates = component is components.API_SERVER
        settings = self.settings.component(needs.settings)
        sign_in = self.config.sign_in if migrates else None
        migration = Container(
            "migration",
            components.ECS_MIGRATE if migrates else components.ECS_AWAIT_MIGRATION,
            settings,
            {**self.keys.core_secrets, **(self.keys.account_secrets if migrates else {})},
            essential=False,
        )
        has_database = component in components.COMPONENTS
        main = Container(
            component.name,
            component.command,
            {**settings, **(sign_in.settings() if sign_in else {})},
            {
                **self.keys.secrets_of(component),
                **(sign_in.secrets() if sign_in else {}),
                **needs.secrets,
            },
            component.port,
            component.health,
            after=migration.name if has_database else None,
            writes=writes,
        )
        return [migration, main] if has_database else [main]
