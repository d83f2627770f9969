"""The platform: one Airflow cluster, complete."""

from collections.abc import Sequence

from constructs import Construct

from modules import moved
from modules.bucket import Bucket
from modules.container import TaskContext
from modules.contract import PlatformContract
from modules.firewall import Firewall
from modules.iam import Role, Statement
from modules.platform import bundles, executors, permissions
from modules.platform.celery import celery_broker, celery_executor
from modules.platform.cluster import Cluster
from modules.platform.components import API_PORT
from modules.platform.config import PlatformConfig
from modules.platform.connections import connect, firewalls_of
from modules.platform.container_settings import ContainerSettings
from modules.platform.database import database
from modules.platform.ecs_executor import ecs_executor
from modules.platform.entry import Entry
from modules.platform.files import Files
from modules.platform.keys import Keys
from modules.platform.network import Network
from modules.platform.registry import Registry
from modules.platform.requirements import Requirements
from modules.platform.service_factory import ServiceFactory
from modules.platform.services import run_celery, run_components
from modules.platform.site import PlatformSite
from modules.settings import dag_bundles
from modules.stack import Stack
from modules.stack_id import StackId

AUDIT_DAYS = 365
NONCURRENT_DAYS = 30


class Platform(Stack):
    """An Airflow cluster, and the contract that projects build on."""

    moved = moved.PLATFORM

    def __init__(self, scope: Construct, id: StackId, config: PlatformConfig) -> None:
        super().__init__(scope, id, config)
        self.config = config
        self.with_celery = executors.has(config.airflow.executor, "celery")
        self.site, audit = self._site(id.prefix)
        site, prefix, protected = self.site, id.prefix, config.protected
        metadata = database(self, config.database, site=site)
        queue = celery_broker(self, config.celery, site=site) if self.with_celery else None
        keys = Keys(self, "keys", prefix=prefix, database=metadata, api_url=site.cluster.api_url, protected=protected)
        entry = Entry(
            self,
            "entry",
            config.entry,
            prefix=prefix,
            port=API_PORT,
            network=site.network,
            access_logs=audit,
            protected=protected,
        )
        firewalls = firewalls_of(self, config, site=site, entry=entry, database=metadata, broker=queue)
        connect(config, firewalls, database_port=metadata.port)
        execution_role = Role(
            self,
            "task_execution",
            name=f"{prefix}-task-execution",
            path=site.role_path,
            account=config,
            statements=[
                permissions.log_in_to_registry(),
                permissions.pull_images(site.registry.arn),
                permissions.write_container_logs(config.arn("logs", f"log-group:/{prefix}/tasks")),
            ],
        )
        contract = self._contract(entry, firewalls.tasks, execution_role)
        settings = ContainerSettings(config=config, site=site, contract=contract, service_account=keys.service_account)
        context = TaskContext(image=site.registry.image, region=config.region, volume=site.files.projects.volume)
        admin = permissions.administer(site.account, prefix, keys.service_account, site.files.projects.write)
        executor = Requirements()
        if executors.has(config.airflow.executor, "ecs"):
            executor += ecs_executor(
                self,
                config.airflow.task,
                site=site,
                settings=settings,
                context=context,
                firewall=firewalls.tasks,
                execution_role=execution_role,
                administer=admin,
            )
        if queue:
            executor += celery_executor(
                config.celery.workers, queue, site=site, settings=settings.component(), secrets=keys.database_secrets
            )
        factory = ServiceFactory(
            scope=self,
            config=config,
            site=site,
            settings=settings,
            context=context,
            keys=keys,
            entry=entry,
            database=metadata,
        )
        api_server = run_components(factory, firewalls, executor, administer=admin)
        if queue:
            run_celery(factory, firewalls, queue.requirements, administer=admin, after=api_server)
        published = contract.publish(self, "published_contract", PlatformContract.path(prefix))
        self.output(
            url=(entry.url, "Airflow's pages"),
            admin_password_secret=(keys.admin_password, "Holds the password of the user admin"),
            cluster_name=(site.cluster.name, "ECS cluster"),
            repository=(site.registry.url, "Where to push images"),
            image=(site.registry.image, "What runs"),
            database_host=(metadata.host, "Metadata database"),
            log_bucket=(site.logs.name, "Logs of tasks"),
            contract=(published.name, "What projects read"),
        )
        if config.expires:
            self.output(expires=(config.expires.isoformat(), "Last day of the environment"))

    def _site(self, prefix: str) -> tuple[PlatformSite, Bucket]:
        """Create what all services share, and the bucket for audit logs."""
        config, protected = self.config, self.config.protected
        logs = self._bucket("logs", prefix, config.logs.task_days)
        audit_arn = f"arn:{config.partition}:s3:::{prefix}-audit-{config.account_id}"
        receive = [
            permissions.receive_access_logs(audit_arn, config.account_id),
            *permissions.receive_flow_logs(audit_arn, config.account_id),
        ]
        audit = self._bucket("audit", prefix, AUDIT_DAYS, receive)
        network = Network(self, "network", config.network, name=prefix, region=config.region, flow_logs=audit)
        site = PlatformSite(
            prefix=prefix,
            account=config,
            protected=protected,
            network=network,
            cluster=Cluster(
                self,
                "cluster",
                config.logs,
                name=prefix,
                network=network,
                account=config,
                instances=config.celery.workers.instances if self.with_celery else None,
            ),
            registry=Registry(self, "registry", config.image, name=f"{prefix}-airflow", protected=protected),
            files=Files(self, "files", name=prefix, network=network, protected=protected),
            logs=logs,
        )
        return site, audit

    def _bucket(self, id: str, prefix: str, expire_days: int, statements: Sequence[Statement] = ()) -> Bucket:
        return Bucket(
            self,
            id,
            name=f"{prefix}-{id}-{self.config.account_id}",
            partition=self.config.partition,
            protected=self.config.protected,
            noncurrent_days=NONCURRENT_DAYS,
            expire_days=expire_days,
            statements=statements,
        )

    def _contract(self, entry: Entry, tasks: Firewall, execution_role: Role) -> PlatformContract:
        config, site = self.config, self.site
        return PlatformContract(
            airflow_version=config.image.version,
            url=entry.url,
            executor=executors.executor_setting(config.airflow.executor),
            image=site.registry.image,
            vpc_id=site.network.vpc_id,
            private_subnet_ids=site.network.private_subnet_ids,
            task_subnet_ids=site.network.task_subnet_ids,
            assign_public_ip="ENABLED" if site.network.assign_public_ip else "DISABLED",
            task_security_group_id=tasks.group_id,
            cluster_arn=site.cluster.arn,
            task_execution_role_arn=execution_role.arn,
            execution_api_url=f"{site.cluster.api_url}/execution/",
            log_bucket=site.logs.name,
            log_group=site.cluster.task_log_group,
            file_system_id=site.files.file_system_id,
            access_point_id=site.files.projects.volume.access_point_id,
            dag_bundles=dag_bundles(more=bundles.bundle_settings(config.bundles)),
        )
