"""The platform: one Airflow cluster, complete."""

from collections.abc import Sequence

from constructs import Construct

from modules import moved
from modules.bucket import Bucket
from modules.config import TaskSize
from modules.container import TaskContext
from modules.contract import PlatformContract
from modules.firewall import Firewall, allow, allow_https_out
from modules.iam import Role, Statement
from modules.platform import bundles, components, executors
from modules.platform.broker import PORT as BROKER_PORT
from modules.platform.broker import Broker, Cache, Redis
from modules.platform.celery import WORKER_LOGS, concurrency, protect_workers
from modules.platform.cluster import Cluster, write_container_logs
from modules.platform.components import API_PORT, FLOWER_PORT
from modules.platform.config import PlatformConfig
from modules.platform.database import NAME, PART, Database, in_container, on_rds
from modules.platform.entry import Entry, check_flow_log_bucket, receive_access_logs, receive_flow_logs
from modules.platform.files import NFS, Files
from modules.platform.keys import Keys
from modules.platform.network import Network
from modules.platform.registry import Registry, log_in_to_registry, pull_images
from modules.platform.runtime import Runtime
from modules.platform.service import ECS_TASKS, Service
from modules.platform.stateful import Site
from modules.postgres import Site as RdsSite
from modules.settings import dag_bundles
from modules.stack import Stack
from modules.stack_id import StackId

AUDIT_DAYS = 365
NONCURRENT_DAYS = 30
# The log servers of a scheduler with LocalExecutor and of a triggerer, for tasks that still run.
SCHEDULER_LOGS, TRIGGERER_LOGS = 8793, 8794


class Platform(Stack):
    """An Airflow cluster, and the contract that projects build on."""

    moved = moved.PLATFORM

    def __init__(self, scope: Construct, id: StackId, config: PlatformConfig) -> None:
        super().__init__(scope, id, config)
        self.config = config
        self.prefix = id.prefix
        prefix, protected, partition = self.prefix, config.protected, config.partition
        account, region = config.account_id, config.region

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
        self.local = executors.has(config.airflow.executor, "local")
        """Tasks are processes of the scheduler: they share its role and its security group."""
        self.with_celery = executors.has(config.airflow.executor, "celery")
        self.with_flower = self.with_celery and config.celery.flower
        self.cluster = Cluster(
            self,
            "cluster",
            config.logs,
            name=prefix,
            network=self.network,
            account=config,
            instances=config.celery.workers.instances if self.with_celery else None,
        )
        self.registry = Registry(self, "registry", config.image, name=f"{prefix}-airflow", protected=protected)
        self.files = Files(self, "files", name=prefix, network=self.network, protected=protected)
        self.site = Site(
            prefix=prefix,
            account=config,
            protected=protected,
            cluster=self.cluster,
            network=self.network,
            registry=self.registry,
            files=self.files,
        )
        database = self._database()
        self.keys = Keys(
            self, "keys", prefix=prefix, database=database, api_url=self.cluster.api_url, protected=protected
        )
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

        context = TaskContext(
            image=self.registry.image,
            region=region,
            volume=self.files.projects.volume,
        )
        task_execution = Role(
            self,
            "task_execution",
            name=f"{prefix}-task-execution",
            path=f"/{prefix}/",
            service=ECS_TASKS,
            account_id=account,
            source_arn=f"{self.cluster.arns}:*",
            statements=[log_in_to_registry(), pull_images(self.registry.arn), write_container_logs(self._task_log_arn)],
        )
        self.contract = PlatformContract(
            airflow_version=config.image.version,
            url=self.entry.url,
            executor=executors.setting(config.airflow.executor),
            image=self.registry.image,
            vpc_id=self.network.vpc_id,
            private_subnet_ids=self.network.private_subnet_ids,
            task_subnet_ids=self.network.task_subnet_ids,
            assign_public_ip="ENABLED" if self.network.assign_public_ip else "DISABLED",
            task_security_group_id=self.tasks.group_id,
            cluster_arn=self.cluster.arn,
            task_execution_role_arn=task_execution.arn,
            execution_api_url=f"{self.cluster.api_url}/execution/",
            log_bucket=self.logs.name,
            log_group=self.cluster.task_log_group,
            file_system_id=self.files.file_system_id,
            access_point_id=self.files.projects.volume.access_point_id,
            dag_bundles=dag_bundles(more=bundles.settings(config.bundles)),
        )
        self.runtime = Runtime(
            config=config,
            prefix=prefix,
            contract=self.contract,
            context=context,
            cluster=self.cluster,
            network=self.network,
            registry=self.registry,
            files=self.files,
            logs=self.logs,
            keys=self.keys,
            entry=self.entry,
            database=database,
            broker=self._broker() if self.with_celery else None,
            task_firewall=self.tasks,
            task_execution=task_execution,
        )
        self.executor = self.runtime.executor(self)
        self._connect(database)
        self._run_components()
        published = self.contract.publish(self, "published_contract", PlatformContract.path(prefix))
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

    def _broker(self) -> Broker:
        config, prefix = self.config, self.prefix
        if config.celery.broker == "elasticache":
            return Cache(
                self,
                "broker",
                prefix=prefix,
                node_type=config.celery.node_type,
                nodes=config.celery.nodes,
                network=self.network,
            ).broker
        return Redis(self, "broker", site=self.site).broker

    def _database(self) -> Database:
        config, prefix = self.config, self.prefix
        if config.database.container:
            return in_container(self, config.database.container, site=self.site)
        site = RdsSite(
            prefix=prefix,
            part=PART,
            database=NAME,
            password_name=f"{prefix}/database-password",
            protected=config.protected,
            subnets=self.network,
        )
        return on_rds(self, config.database, site=site)

    def _connect(self, database: Database) -> None:
        """Everything that may open a connection; the picture in docs/architecture.md shows the same."""
        allow(self.entry.firewall, self.api_server, API_PORT)
        allow(self.tasks, self.api_server, API_PORT)
        allow(self.api_server, self.triggerer, TRIGGERER_LOGS)
        if self.local:
            allow(self.api_server, self.scheduler, SCHEDULER_LOGS)
        for component in (self.api_server, self.scheduler, self.dag_processor, self.triggerer):
            allow(component, database.firewall, database.port)
            if component is not self.scheduler or self.local:
                allow(component, self.files.firewall, NFS)
            allow_https_out(component)
        allow(self.tasks, self.files.firewall, NFS)
        allow_https_out(self.tasks)

    def _run_components(self) -> None:
        sizes, runtime, executor = self.config.components, self.runtime, self.executor
        # The first one: it migrates, and a server knows what older clients say, not the other way round.
        everything = [*runtime.read_logs, runtime.write_logs, runtime.read_lookups]
        fetch = bundles.fetch(self.config.bundles, partition=self.config.partition)
        api_server = runtime.service(
            self,
            "api_server",
            sizes.api_server,
            components.API_SERVER,
            self.api_server,
            runtime.read_logs,
            count=sizes.api_server.min_count,
            scales=True,
            environment={
                "AIRFLOW_ON_AWS_FLOWER": f"http://{components.FLOWER.name}.{self.cluster.domain}:{FLOWER_PORT}"
            }
            if self.with_flower
            else {},
            entry=self.entry,
        )
        api_server.scale_by_cpu(sizes.api_server, self.cluster)
        runtime.service(
            self,
            "scheduler",
            sizes.scheduler,
            components.SCHEDULER,
            self.scheduler,
            [*executor.statements, *([*everything, *runtime.administer, *fetch] if self.local else [])],
            count=sizes.scheduler.count,
            environment=executor.settings,
            secrets=executor.secrets,
            beside=executor.beside,
            mounts=self.local,
            writes=self.local,
            more_groups=[self.tasks] if self.local else [],
            after=api_server,
        )
        # Every project's code runs here when DAG files are parsed: its role reads no connection and no variable, but
        # the tokens of private repositories that it clones itself.
        runtime.service(
            self,
            "dag_processor",
            sizes.dag_processor,
            components.DAG_PROCESSOR,
            self.dag_processor,
            [*fetch, *bundles.sign_in(self.config.bundles, runtime.secrets_arn, self.prefix)],
            count=sizes.dag_processor.count,
            after=api_server,
        )
        runtime.service(
            self,
            "triggerer",
            sizes.triggerer,
            components.TRIGGERER,
            self.triggerer,
            everything,
            count=sizes.triggerer.count,
            after=api_server,
        )
        if runtime.broker:
            self._run_celery(runtime.broker, api_server, [*everything, *fetch])

    def _run_celery(self, broker: Broker, api_server: Service, everything: Sequence[Statement]) -> None:
        runtime, workers = self.runtime, self.config.celery.workers
        # Without a task of their own to run in, the admin DAGs run here.
        administers = not executors.has(self.config.airflow.executor, "ecs")
        firewall = self._firewall("worker")
        for client in (firewall, self.scheduler):
            allow(client, broker.firewall, BROKER_PORT)
        allow(firewall, self.files.firewall, NFS)
        allow(firewall, self.api_server, API_PORT)
        allow(self.api_server, firewall, WORKER_LOGS)
        allow_https_out(firewall)
        arns, name = self.cluster.arns, components.WORKER.name
        protect = protect_workers(f"{arns}:task/{self.prefix}/*", f"{arns}:service/{self.prefix}/{name}")
        runtime.service(
            self,
            "worker",
            workers,
            components.WORKER,
            firewall,
            [*everything, *broker.statements, *protect, *(runtime.administer if administers else [])],
            count=workers.min_count,
            scales=True,
            # dumb-init passes a signal on to the first process only, which then waits for its tasks.
            environment={**broker.settings, **concurrency(workers), "DUMB_INIT_SETSID": "0"},
            secrets=broker.secrets,
            writes=administers,
            more_groups=[self.tasks],
            instances=self.cluster.instances,
            after=api_server,
        )
        if self.with_flower:
            flower = self._firewall("flower")
            allow(flower, broker.firewall, BROKER_PORT)
            allow(self.api_server, flower, FLOWER_PORT)
            allow_https_out(flower)
            runtime.service(
                self,
                "flower",
                TaskSize(cpu=256, memory=1024),
                components.FLOWER,
                flower,
                broker.statements,
                count=1,
                environment=broker.settings,
                secrets=broker.secrets,
                mounts=False,
                after=api_server,
            )

    def _outputs(self, database: Database, contract: str) -> None:
        self.output(
            url=(self.entry.url, "Airflow's pages"),
            admin_password_secret=(self.keys.admin_password, "Holds the password of the user admin"),
            cluster_name=(self.cluster.name, "ECS cluster"),
            repository=(self.registry.url, "Where to push images"),
            image=(self.registry.image, "What runs"),
            database_host=(database.host, "Metadata database"),
            log_bucket=(self.logs.name, "Logs of tasks"),
            contract=(contract, "What projects read"),
        )
        if self.config.expires:
            self.output(expires=(self.config.expires.isoformat(), "Last day of the environment"))
