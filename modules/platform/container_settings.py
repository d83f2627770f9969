"""Environment variables of the platform's containers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from modules.contract import PlatformContract
from modules.platform import executors
from modules.platform.config import PlatformConfig
from modules.platform.site import PlatformSite
from modules.settings import variable
from modules.task import task_settings


@dataclass(frozen=True, kw_only=True)
class ContainerSettings:
    """Variables of tasks, of the admin DAGs' tasks, and of components."""

    config: PlatformConfig
    site: PlatformSite
    contract: PlatformContract
    service_account: str
    """ARN of the secret with which the admin DAGs call Airflow's API."""

    @property
    def task(self) -> dict[str, str]:
        """Variables of a task of the platform, which every component has too."""
        return task_settings(self.site.prefix, self.config.region, self.contract)

    @property
    def admin(self) -> dict[str, str]:
        """Variables that the admin DAGs' tasks have in addition: see airflow/lib/airflow_on_aws/admin."""
        return {
            "AIRFLOW_ON_AWS_REGISTRY": f"/{self.site.prefix}/projects",
            "AIRFLOW_ON_AWS_API_SECRET": self.service_account,
        }

    def component(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the variables of a component; what the operator configures overrides ``more``."""
        configured = {
            variable(section, key): str(value)
            for section, keys in self.config.airflow.settings.items()
            for key, value in keys.items()
        }
        return {
            **self.task,
            **self._where_admin_dags_run(),
            # The load balancer terminates TLS: trust its headers about the browser's connection.
            "FORWARDED_ALLOW_IPS": self.site.network.cidr,
            **(more or {}),
            **configured,
        }

    def _where_admin_dags_run(self) -> dict[str, str]:
        """Run them with ``ecs`` in their own task definition, which alone has the permissions; else with all tasks."""
        if not executors.has(self.config.airflow.executor, "ecs"):
            return self.admin
        task = {"executor": "ecs", "executor_config": {"taskDefinition": f"{self.site.prefix}-admin-task"}}
        return {"AIRFLOW_ON_AWS_ADMIN_TASK": json.dumps(task)}
