"""The platform's components as services; docs/architecture.md has the table of their permissions."""

from collections.abc import Sequence

from modules.bucket import write_objects
from modules.config import TaskSize
from modules.iam import Statement
from modules.platform import components, executors, permissions
from modules.platform.celery import concurrency, workers_arn
from modules.platform.components import FLOWER_PORT
from modules.platform.connections import Firewalls
from modules.platform.requirements import Requirements
from modules.platform.service import Service
from modules.platform.service_factory import ServiceFactory


def run_components(
    factory: ServiceFactory, firewalls: Firewalls, executor: Requirements, *, administer: Sequence[Statement]
) -> Service:
    """Create the services of Airflow's four components, and return the api-server's service.

    ``executor`` has the scheduler's requirements, ``administer`` the permissions of the admin DAGs' tasks.
    """
    config, site = factory.config, factory.site
    sizes, local = config.components, executors.has(config.airflow.executor, "local")
    shared = _run_all_tasks(factory)
    # The api-server rolls first: it migrates the database, and servers accept older clients, not newer clients.
    flower = {"AIRFLOW_ON_AWS_FLOWER": f"http://{components.FLOWER.name}.{site.cluster.domain}:{FLOWER_PORT}"}
    api_server = factory.service(
        components.API_SERVER,
        sizes.api_server,
        count=sizes.api_server.min_count,
        autoscaled=True,
        firewalls=[firewalls.api_server],
        statements=permissions.read_logs(site.logs.arn),
        requirements=Requirements(settings=flower if firewalls.flower else {}),
    )
    api_server.scale_by_cpu(sizes.api_server, site.cluster)
    # With the local executor tasks are processes of the scheduler: they share its role and its security group.
    downloads = permissions.read_bundle_objects(config.bundles, config.partition)
    factory.service(
        components.SCHEDULER,
        sizes.scheduler,
        count=sizes.scheduler.count,
        firewalls=[firewalls.scheduler, *([firewalls.tasks] if local else [])],
        statements=[*shared, *administer, *downloads] if local else [],
        requirements=executor,
        files="write" if local else "none",
        after=api_server,
    )
    # It runs the code of every project's DAG files: its role reads no connection and no variable, except the tokens of
    # private repositories that it clones.
    factory.service(
        components.DAG_PROCESSOR,
        sizes.dag_processor,
        count=sizes.dag_processor.count,
        firewalls=[firewalls.dag_processor],
        statements=[*downloads, *permissions.read_bundle_tokens(config.bundles, site.account, site.prefix)],
        after=api_server,
    )
    factory.service(
        components.TRIGGERER,
        sizes.triggerer,
        count=sizes.triggerer.count,
        firewalls=[firewalls.triggerer],
        statements=shared,
        after=api_server,
    )
    return api_server


def run_celery(
    factory: ServiceFactory,
    firewalls: Firewalls,
    broker: Requirements,
    *,
    administer: Sequence[Statement],
    after: Service,
) -> None:
    """Create the services of Celery: workers, and Flower where it is wanted."""
    config, site = factory.config, factory.site
    workers = config.celery.workers
    # Without the ECS executor, the tasks of the admin DAGs run in workers.
    administers = not executors.has(config.airflow.executor, "ecs")
    protect = permissions.protect_workers(site.account, site.prefix, workers_arn(site))
    # dumb-init passes a signal on to the first process only, which then waits for its tasks.
    settings = {**concurrency(workers), "DUMB_INIT_SETSID": "0"}
    if firewalls.worker:
        factory.service(
            components.WORKER,
            workers,
            count=workers.min_count,
            autoscaled=True,
            firewalls=[firewalls.worker, firewalls.tasks],
            statements=[*_run_all_tasks(factory), *permissions.read_bundle_objects(config.bundles, config.partition)],
            requirements=broker
            + Requirements(settings=settings, statements=[*protect, *(administer if administers else [])]),
            files="write" if administers else "read",
            after=after,
        )
    if firewalls.flower:
        factory.service(
            components.FLOWER,
            TaskSize(cpu=256, memory=1024),
            count=1,
            firewalls=[firewalls.flower],
            requirements=broker,
            files="none",
            after=after,
        )


def _run_all_tasks(factory: ServiceFactory) -> list[Statement]:
    """Return the permissions of a process that runs the tasks of every project."""
    site = factory.site
    write = write_objects(site.logs.arn, sid="WriteLogs")
    return [*permissions.read_logs(site.logs.arn), write, permissions.read_lookups(site.account, site.prefix)]
