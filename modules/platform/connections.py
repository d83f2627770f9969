"""Every connection that the platform's security groups allow."""

from dataclasses import dataclass

from modules.firewall import HTTPS, Firewall, allow, allow_from, allow_https_out
from modules.platform import executors
from modules.platform.broker import PORT as BROKER_PORT
from modules.platform.broker import Broker
from modules.platform.celery import WORKER_LOGS
from modules.platform.components import API_PORT, FLOWER_PORT
from modules.platform.config import PlatformConfig
from modules.platform.database import Database
from modules.platform.entry import HTTP, Entry
from modules.platform.files import NFS
from modules.platform.site import PlatformSite
from modules.resource_group import Scope

# Ports on which a scheduler with LocalExecutor and a triggerer serve the logs of running tasks.
SCHEDULER_LOGS, TRIGGERER_LOGS = 8793, 8794


@dataclass(frozen=True, kw_only=True)
class Firewalls:
    """Security group of each component; None for a component that the configuration does without."""

    entry: Firewall
    tasks: Firewall
    api_server: Firewall
    scheduler: Firewall
    dag_processor: Firewall
    triggerer: Firewall
    worker: Firewall | None
    flower: Firewall | None
    instances: Firewall | None
    broker: Firewall | None
    database: Firewall
    files: Firewall


def firewalls_of(
    scope: Scope,
    config: PlatformConfig,
    *,
    site: PlatformSite,
    entry: Entry,
    database: Database,
    broker: Broker | None,
) -> Firewalls:
    """Create the security groups of Airflow's components; a server's group is created with the server."""

    def firewall(component: str) -> Firewall:
        return Firewall(
            scope, f"{component}-firewall", prefix=site.prefix, component=component, vpc_id=site.network.vpc_id
        )

    return Firewalls(
        entry=entry.firewall,
        tasks=firewall("tasks"),
        api_server=firewall("api-server"),
        scheduler=firewall("scheduler"),
        dag_processor=firewall("dag-processor"),
        triggerer=firewall("triggerer"),
        worker=firewall("worker") if broker else None,
        flower=firewall("flower") if broker and config.celery.flower else None,
        instances=site.cluster.instances.firewall if site.cluster.instances else None,
        broker=broker.firewall if broker else None,
        database=database.firewall,
        files=site.files.firewall,
    )


def connect(config: PlatformConfig, to: Firewalls, *, database_port: int) -> None:
    """Create the rules, in the order of the table "Network connections" in docs/architecture.md."""
    local = executors.has(config.airflow.executor, "local")
    components = [to.api_server, to.scheduler, to.dag_processor, to.triggerer]
    workers = [to.worker] if to.worker else []
    flower = [to.flower] if to.flower else []
    broker_container = [to.broker] if to.broker and config.celery.broker == "container" else []
    database_container = [to.database] if config.database.container else []

    cidrs = [str(cidr) for cidr in config.entry.allowed_cidrs]
    for port in (HTTP, HTTPS) if config.entry.certificate_arn else (HTTP,):
        allow_from(cidrs, to.entry, port)
    allow(to.entry, to.api_server, API_PORT)
    allow(to.tasks, to.api_server, API_PORT)
    allow(to.api_server, to.triggerer, TRIGGERER_LOGS)
    if local:
        allow(to.api_server, to.scheduler, SCHEDULER_LOGS)
    for worker in workers:
        allow(to.api_server, worker, WORKER_LOGS)
        allow(worker, to.api_server, API_PORT)
    if to.broker:
        for client in (to.scheduler, *workers, *flower):
            allow(client, to.broker, BROKER_PORT)
    for server in (*broker_container, *database_container):
        allow(server, to.files, NFS)
        allow_https_out(server)
    for page in flower:
        allow(to.api_server, page, FLOWER_PORT)
    for client in components:
        allow(client, to.database, database_port)
    for client in (*components, *workers, to.tasks):
        if client is not to.scheduler or local:
            allow(client, to.files, NFS)
    for client in (*components, *workers, *flower, to.tasks, *([to.instances] if to.instances else [])):
        allow_https_out(client)
