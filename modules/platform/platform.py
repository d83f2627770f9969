"""The platform: one Airflow cluster, complete."""

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules.bucket import Bucket, list_objects, read_objects, write_objects
from modules.container import Container
from modules.contract import PlatformContract
from modules.firewall import Firewall, allow, allow_https_out
from modules.iam import Role, Statement
from modules.platform import components, executors
from modules.platform.cluster import Cluster, write_container_logs
from modules.platform.components import API_PORT, ApiServerConfig, Component, ComponentConfig
from modules.platform.config import PlatformConfig
from modules.platform.entry import Entry, check_flow_log_bucket, receive_access_logs, receive_flow_logs
from modules.platform.files import NFS, Files, mount_files
from modules.platform.keys import Keys
from modules.platform.network import Network
from modules.platform.registry import Registry, log_in_to_registry, pull_images
from modules.platform.service import ECS_TASKS, Service
from modules.postgres import PORT as POSTGRES
from modules.postgres import Postgres
from modules.secret import read_secrets
from modules.settings import secrets_path, task_settings, variable
from modules.stack import Stack, StackId
from modules.task import Surroundings, Task

AUDIT_DAYS = 365
NONCURRENT_DAYS = 30
# The log servers of a scheduler with LocalExecutor and of a triggerer, for tasks that still run.
SCHEDULER_LOGS, TRIGGERER_LOGS = 8793, 8794


class Platform(Stack):
    """An Airflow cluster, and the contract that projects build on."""

    def __init__(self, scope: Construct, id: StackId, config: PlatformConfig) -> None:
        super().__init__(scope, id, config)
        self.config = config
        self.prefix = id.prefix
        prefix, protected, partition = self.prefix, config.protected, config.partition
        account, region = config.account_id, config.region
        self.ecs_arns = f"arn:{partition}:ecs:{region}:{account}:*"

        self.logs = self._bucket("logs", "logs", config.logs.task_days)
        audit_arn = f"arn:{partition}:s3:::{prefix}-audit-{account}"
        audit = self._bucket(
            "audit",
            "audit",
            AUDIT_DAYS,
            [
                receive_access_logs(audit_arn, account),
                receive_flow_logs(audit_arn, account),
                check_flow_log_bucket(audit_arn, account),
            ],
        )
        self.network = Network(self, "network", config.network, name=prefix, region=region, flow_logs=audit)
        self.cluster = Cluster(self, "cluster", config.logs, name=prefix, network=self.network)
        self.registry = Registry(self, "registry", config.image, name=f"{prefix}-airflow", protected=protected)
        self.files = Files(self, "files", name=prefix, network=self.network, protected=protected)
        database = Postgres(
            self,
            "database",
            config.database,
            prefix=prefix,
            part="database",
            database="airflow",
            password_name=f"{prefix}/database-password",
            protected=protected,
            subnets=self.network,
        )
        self.keys = Keys(self, "keys", prefix=prefix, database=database, protected=protected)
        self.entry = Entry(
            self,
            "entry",
            config.entry,
            prefix=prefix,
            port=API_PORT,
            network=self.network,
            access_logs=audit,
            protected=protected,
        )
        self.tasks = self._firewall("tasks")
        self.api_server = self._firewall("api-server")
        self.scheduler = self._firewall("scheduler")
        self.dag_processor = self._firewall("dag-processor")
        self.triggerer = self._firewall("triggerer")

        self.surroundings = Surroundings(
            image=self.registry.image,
            region=region,
            file_system_id=self.files.file_system_id,
            access_point_id=self.files.access_point_id,
        )
        task_execution = Role(
            self,
            "task_execution",
            name=f"{prefix}-task-execution",
            path=f"/{prefix}/",
            service=ECS_TASKS,
            account_id=account,
            source_arn=self.ecs_arns,
            statements=[log_in_to_registry(), pull_images(self.registry.arn), write_container_logs(self._task_log_arn)],
        )
        self.contract = PlatformContract(
            airflow_version=config.image.version,
            executor=executors.SETTINGS[config.airflow.executor],
            image=self.registry.image,
            vpc_id=self.network.vpc_id,
            private_subnet_ids=self.network.private_subnet_ids,
            task_subnet_ids=self.network.task_subnet_ids,
            assign_public_ip="ENABLED" if self.network.assign_public_ip else "DISABLED",
            task_security_group_id=self.tasks.group_id,
            cluster_arn=self.cluster.arn,
            task_execution_role_arn=task_execution.arn,
            execution_api_url=f"http://api-server.{self.cluster.domain}:{API_PORT}/execution/",
            log_bucket=self.logs.name,
            log_group=self.cluster.task_log_group,
            file_system_id=self.files.file_system_id,
            access_point_id=self.files.access_point_id,
        )
        self.executor = self._executor(task_execution)
        self._connect(database)
        self._run_components(database)
        published = self.contract.publish(self, "contract", PlatformContract.path(prefix))
        self._outputs(database, published.name)

    @property
    def _task_log_arn(self) -> str:
        config = self.config
        return f"arn:{config.partition}:logs:{config.region}:{config.account_id}:log-group:/{self.prefix}/tasks"

    def _bucket(self, id: str, suffix: str, expire_days: int, statements: Sequence[Statement] = ()) -> Bucket:
        return Bucket(
            self,
            id,
            name=f"{self.prefix}-{suffix}-{self.config.account_id}",
            partition=self.config.partition,
            protected=self.config.protected,
            noncurrent_days=NONCURRENT_DAYS,
            expire_days=expire_days,
            statements=statements,
        )

    def _firewall(self, part: str) -> Firewall:
        return Firewall(
            self, part.replace("-", "_") + "_firewall", prefix=self.prefix, part=part, vpc_id=self.network.vpc_id
        )

    def _executor(self, task_execution: Role) -> executors.Executor:
        """The configured executor; with ``ecs`` also the task definition of tasks that belong to no project."""
        config, prefix = self.config, self.prefix
        if config.airflow.executor == "local":
            return executors.local()
        role = Role(
            self,
            "task_role",
            name=f"{prefix}-task",
            path=f"/{prefix}/",
            service=ECS_TASKS,
            account_id=config.account_id,
            source_arn=self.ecs_arns,
            statements=[
                write_objects(self.logs.arn, sid="WriteLogs"),
                read_objects(self.logs.arn, sid="ReadLogs"),
                list_objects(self.logs.arn, sid="ListLogs"),
                mount_files(self.files.arn, self.files.access_point_arn),
            ],
        )
        task = Task(
            self,
            "task",
            config.airflow.task,
            family=f"{prefix}-task",
            containers=[
                Container(executors.TASK_CONTAINER, [], task_settings(prefix, config.region, self.contract)),
            ],
            surroundings=self.surroundings,
            log_group=self.cluster.task_log_group,
            stream_prefix="platform",
            task_role_arn=role.arn,
            execution_role_arn=task_execution.arn,
        )
        account = f"{config.region}:{config.account_id}"
        roles = f"arn:{config.partition}:iam::{config.account_id}:role/{prefix}"
        return executors.ecs(
            cluster_name=self.cluster.name,
            cluster_arn=self.cluster.arn,
            region=config.region,
            subnet_ids=self.network.task_subnet_ids,
            assign_public_ip=self.network.assign_public_ip,
            security_group_id=self.tasks.group_id,
            family=task.family,
            spot=config.airflow.task.spot,
            family_arns=f"arn:{config.partition}:ecs:{account}:task-definition/{prefix}-*task:*",
            task_arns=f"arn:{config.partition}:ecs:{account}:task/{self.cluster.name}/*",
            # The path ends where the environment's name does: dev's scheduler cannot pass dev-2's roles.
            role_arns=[f"{roles}/*-task", task_execution.arn],
        )

    def _connect(self, database: Postgres) -> None:
        """Everything that may open a connection; the picture in docs/architecture.md shows the same."""
        allow(self.entry.firewall, self.api_server, API_PORT)
        allow(self.tasks, self.api_server, API_PORT)
        allow(self.api_server, self.triggerer, TRIGGERER_LOGS)
        if self.executor.in_scheduler:
            allow(self.api_server, self.scheduler, SCHEDULER_LOGS)
        for component in (self.api_server, self.scheduler, self.dag_processor, self.triggerer):
            allow(component, database.firewall, POSTGRES)
            allow(component, self.files.firewall, NFS)
            allow_https_out(component)
        allow(self.tasks, self.files.firewall, NFS)
        allow_https_out(self.tasks)

    def _run_components(self, database: Postgres) -> None:
        sizes = self.config.components
        lookups = self._read_lookups()
        logs = [read_objects(self.logs.arn, sid="ReadLogs"), list_objects(self.logs.arn, sid="ListLogs")]
        write_logs = write_objects(self.logs.arn, sid="WriteLogs")
        in_scheduler = self.executor.in_scheduler
        self._service("api_server", sizes.api_server, components.API_SERVER, self.api_server, logs, entry=self.entry)
        self._service(
            "scheduler",
            sizes.scheduler,
            components.SCHEDULER,
            self.scheduler,
            [*self.executor.scheduler_statements, *([*logs, write_logs, *lookups] if in_scheduler else [])],
            environment=self.executor.scheduler_settings,
            more_groups=[self.tasks] if in_scheduler else [],
        )
        # Every project's code runs here when DAG files are parsed: its role reads no connection and no variable.
        self._service("dag_processor", sizes.dag_processor, components.DAG_PROCESSOR, self.dag_processor, [])
        self._service("triggerer", sizes.triggerer, components.TRIGGERER, self.triggerer, [*logs, write_logs, *lookups])

    def _read_lookups(self) -> list[Statement]:
        """Reads every project's connections and variables: for what runs the tasks of all of them."""
        config = self.config
        arn = f"arn:{config.partition}:secretsmanager:{config.region}:{config.account_id}:secret"
        kinds = ("connections", "variables")
        return [read_secrets(*(f"{arn}:{secrets_path(self.prefix, kind)}/*" for kind in kinds), sid="ReadLookups")]

    def _service(
        self,
        id: str,
        size: ComponentConfig | ApiServerConfig,
        component: Component,
        firewall: Firewall,
        statements: Sequence[Statement],
        *,
        environment: Any = None,
        more_groups: Sequence[Firewall] = (),
        entry: Entry | None = None,
    ) -> Service:
        settings = {
            **task_settings(self.prefix, self.config.region, self.contract),
            variable("api", "base_url"): self.entry.url,
            # The load balancer ends TLS: believe what it says of the browser's side.
            "FORWARDED_ALLOW_IPS": self.network.cidr,
            **(environment or {}),
            **{
                variable(section, key): str(value)
                for section, keys in self.config.airflow.settings.items()
                for key, value in keys.items()
            },
        }
        makes_tokens = component in (components.API_SERVER, components.SCHEDULER)
        serves = component is not components.DAG_PROCESSOR
        secrets = {
            **self.keys.core,
            **(self.keys.sessions if serves else {}),
            **(self.keys.tokens if makes_tokens else {}),
        }
        first = (
            Container(
                "migration",
                components.MIGRATE,
                settings,
                {**self.keys.core, "ADMIN_PASSWORD": self.keys.admin_password},
                essential=False,
            )
            if component is components.SCHEDULER
            else Container("migration", components.AWAIT_MIGRATION, settings, self.keys.core, essential=False)
        )
        main = Container(
            component.name, component.command, settings, secrets, component.port, component.health, after=first.name
        )
        return Service(
            self,
            id,
            size,
            component=component,
            containers=[first, main],
            statements=[mount_files(self.files.arn, self.files.access_point_arn), *statements],
            surroundings=self.surroundings,
            account_id=self.config.account_id,
            ecs_arns=self.ecs_arns,
            cluster=self.cluster,
            network=self.network,
            registry=self.registry,
            firewall=firewall,
            more_groups=more_groups,
            entry=entry,
            depends_on=self.files.mount_targets,
            execute_command=self.config.airflow.execute_command,
        )

    def _outputs(self, database: Postgres, contract: str) -> None:
        self.output(
            url=(self.entry.url, "Airflow's pages"),
            admin_password_secret=(self.keys.admin_password, "Holds the password of the user admin"),
            cluster=(self.cluster.name, "ECS cluster"),
            repository=(self.registry.url, "Where to push images"),
            image=(self.registry.image, "What runs"),
            database=(database.host, "Metadata database"),
            log_bucket=(self.logs.name, "Logs of tasks"),
            contract=(contract, "What projects read"),
        )
