"""What every container of a platform is run with, and how one becomes a service or a task."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from modules.bucket import Bucket, list_objects, read_objects, write_objects
from modules.config import TaskSize
from modules.container import Container, TaskContext
from modules.contract import PlatformContract
from modules.firewall import Firewall
from modules.iam import Role, Statement
from modules.platform import celery, components, executors
from modules.platform.broker import Broker
from modules.platform.cluster import Cluster
from modules.platform.components import Component
from modules.platform.config import PlatformConfig
from modules.platform.database import Database
from modules.platform.entry import Entry
from modules.platform.executors import Executor
from modules.platform.files import Files
from modules.platform.keys import Keys
from modules.platform.network import Network
from modules.platform.registry import Registry
from modules.platform.service import ECS_TASKS, Service
from modules.resource_group import Scope
from modules.secret import read_secrets
from modules.settings import deploy_key_name, secrets_path, variable
from modules.task import Task, task_settings


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """The parts of a platform that its containers meet."""

    config: PlatformConfig
    prefix: str
    contract: PlatformContract
    context: TaskContext
    cluster: Cluster
    network: Network
    registry: Registry
    files: Files
    logs: Bucket
    keys: Keys
    entry: Entry
    database: Database
    broker: Broker | None
    """With Celery."""
    task_firewall: Firewall
    task_execution: Role

    @property
    def read_logs(self) -> list[Statement]:
        """Reads the logs of every task."""
        return [read_objects(self.logs.arn, sid="ReadLogs"), list_objects(self.logs.arn, sid="ListLogs")]

    @property
    def write_logs(self) -> Statement:
        """Writes the logs of every task."""
        return write_objects(self.logs.arn, sid="WriteLogs")

    @property
    def secrets_arn(self) -> str:
        """What the ARN of every secret of the account and region begins with."""
        config = self.config
        return f"arn:{config.partition}:secretsmanager:{config.region}:{config.account_id}:secret"

    @property
    def read_lookups(self) -> Statement:
        """Reads every project's connections and variables: for what runs the tasks of all of them."""
        kinds = ("connections", "variables")
        return read_secrets(
            *(f"{self.secrets_arn}:{secrets_path(self.prefix, kind)}/*" for kind in kinds), sid="ReadLookups"
        )

    @property
    def task_settings(self) -> dict[str, str]:
        """What a task of the platform needs, and every component too."""
        return task_settings(self.prefix, self.config.region, self.contract)

    @property
    def admin_settings(self) -> dict[str, str]:
        """What the admin DAGs' tasks need besides: see airflow/lib/airflow_on_aws."""
        return {
            "AIRFLOW_ON_AWS_REGISTRY": f"/{self.prefix}/projects",
            "AIRFLOW_ON_AWS_API_SECRET": self.keys.service_account,
        }

    @property
    def administer(self) -> list[Statement]:
        """What the admin DAGs' tasks do: read the registry, deliver DAGs, ask Airflow's API, keep passwords."""
        config = self.config
        projects = f"arn:{config.partition}:ssm:{config.region}:{config.account_id}:parameter/{self.prefix}/projects"
        secrets = self.secrets_arn
        accounts = f"{secrets}:{self.prefix}/accounts/*"
        return [
            Statement("ReadRegistry", ["ssm:GetParametersByPath"], [projects, f"{projects}/*"]),
            self.files.projects.write,
            read_secrets(self.keys.service_account, sid="ReadServiceAccount"),
            # The passwords that CreateConnections and CreateUsers are told the names of.
            read_secrets(accounts, sid="ReadAccounts"),
            read_secrets(f"{secrets}:{deploy_key_name(self.prefix, '*')}", sid="ReadDeployKeys"),
            Statement("MakeAccounts", ["secretsmanager:CreateSecret"], [accounts]),
        ]

    def executor(self, scope: Scope) -> Executor:
        """The configured executors; with ``ecs`` also the task definitions of tasks that belong to no project."""
        executor = self._ecs(scope) if executors.has(self.config.airflow.executor, "ecs") else Executor()
        if self.broker:
            executor += celery.celery(
                self.config.celery.workers,
                self.broker,
                cluster=self.cluster.name,
                arns=self.cluster.arns,
                settings=self._settings({}),
                secrets=self.keys.database,
            )
        return executor

    def _ecs(self, scope: Scope) -> Executor:
        config, prefix = self.config, self.prefix
        task = self._task(scope, "task", [], Container(executors.TASK_CONTAINER, [], self.task_settings))
        administered = Container(executors.TASK_CONTAINER, [], self.task_settings | self.admin_settings, writes=True)
        self._task(scope, "admin_task", self.administer, administered)
        roles = f"arn:{config.partition}:iam::{config.account_id}:role/{prefix}"
        return executors.ecs(
            cluster_name=self.cluster.name,
            cluster_arn=self.cluster.arn,
            region=config.region,
            subnet_ids=self.network.task_subnet_ids,
            assign_public_ip=self.network.assign_public_ip,
            security_group_id=self.task_firewall.group_id,
            family=task.family,
            spot=config.airflow.task.spot,
            family_arns=f"{self.cluster.arns}:task-definition/{prefix}-*task:*",
            task_arns=f"{self.cluster.arns}:task/{self.cluster.name}/*",
            # The path ends where the environment's name does: dev's scheduler cannot pass dev-2's roles.
            role_arns=[f"{roles}/*-task", self.task_execution.arn],
        )

    def _task(self, scope: Scope, id: str, statements: Sequence[Statement], container: Container) -> Task:
        """A task definition for tasks that belong to no project, with a role of its own."""
        config, name = self.config, f"{self.prefix}-{id.replace('_', '-')}"
        role = Role(
            scope,
            f"{id}_role",
            name=name,
            path=f"/{self.prefix}/",
            service=ECS_TASKS,
            account_id=config.account_id,
            source_arn=f"{self.cluster.arns}:*",
            statements=[
                self.write_logs,
                *self.read_logs,
                self.files.projects.mount,
                *statements,
            ],
        )
        return Task(
            scope,
            id,
            config.airflow.task,
            family=name,
            containers=[container],
            context=self.context,
            log_group=self.cluster.task_log_group,
            stream_prefix="platform",
            task_role_arn=role.arn,
            execution_role_arn=self.task_execution.arn,
        )

    def service(
        self,
        scope: Scope,
        id: str,
        size: TaskSize,
        component: Component,
        firewall: Firewall,
        statements: Sequence[Statement],
        *,
        count: int,
        scales: bool = False,
        environment: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        beside: Sequence[Container] = (),
        mounts: bool = True,
        writes: bool = False,
        more_groups: Sequence[Firewall] = (),
        entry: Entry | None = None,
        instances: str | None = None,
        after: Service | None = None,
    ) -> Service:
        """A component. One of the four waits for the migration, or makes it if it is the api-server.

        ``mounts``: it reads the projects' files; their DAGs are also in the database. ``after``: a deploy touches this one only once that one is up with what is deployed.
        """
        settings = self._settings(environment or {})
        sign_in = self.config.sign_in if component is components.API_SERVER else None
        makes_tokens = component in (components.API_SERVER, components.SCHEDULER)
        serves = component not in (components.DAG_PROCESSOR, components.FLOWER)
        has_database = component in components.COMPONENTS
        injected = {
            **(self.keys.core if has_database else {}),
            **(self.keys.sessions if serves else {}),
            **(self.keys.tokens if makes_tokens else {}),
            **(sign_in.secrets() if sign_in else {}),
            **(secrets or {}),
        }
        migrates = component is components.API_SERVER
        first = Container(
            "migration",
            components.ECS_MIGRATE if migrates else components.ECS_AWAIT_MIGRATION,
            settings,
            {**self.keys.core, **(self.keys.accounts if migrates else {})},
            essential=False,
        )
        main = Container(
            component.name,
            component.command,
            {**settings, **(sign_in.settings() if sign_in else {})},
            injected,
            component.port,
            component.health,
            after=first.name if has_database else None,
            writes=writes,
        )
        return Service(
            scope,
            id,
            size,
            count=count,
            scales=scales,
            component=component,
            containers=[*([first] if has_database else []), main, *beside],
            statements=[*([self.files.projects.mount] if mounts else []), *statements],
            context=self.context if mounts else replace(self.context, volume=None),
            account_id=self.config.account_id,
            ecs_arns=f"{self.cluster.arns}:*",
            cluster=self.cluster,
            network=self.network,
            registry=self.registry,
            firewall=firewall,
            more_groups=more_groups,
            entry=entry,
            depends_on=[
                *(self.files.mount_targets if mounts else []),
                *(self.database.ready if has_database else []),
                *([after.service] if after else []),
            ],
            execute_command=self.config.airflow.execute_command,
            instances=instances,
        )

    def _where_admin_dags_run(self) -> dict[str, str]:
        """With ``ecs`` in a task of their own, which alone may do what they do; else where all tasks run."""
        if not executors.has(self.config.airflow.executor, "ecs"):
            return self.admin_settings
        task = {"executor": "ecs", "executor_config": {"taskDefinition": f"{self.prefix}-admin-task"}}
        return {"AIRFLOW_ON_AWS_ADMIN_TASK": json.dumps(task)}

    def _settings(self, more: Mapping[str, str]) -> dict[str, str]:
        configured = {
            variable(section, key): str(value)
            for section, keys in self.config.airflow.settings.items()
            for key, value in keys.items()
        }
        return {
            **self.task_settings,
            **self._where_admin_dags_run(),
            # The load balancer ends TLS: believe what it says of the browser's side.
            "FORWARDED_ALLOW_IPS": self.network.cidr,
            **more,
            **configured,
        }
