"""The variables of the module ``platform``; those of network and entry are in files of their own."""

from module_export.merge import Document
from module_export.platform.config import SETTING_VARIABLE
from module_export.platform.entry import entry_variables
from module_export.platform.network import network_variables
from module_export.project import NAME, WORDS
from module_export.sizes import size
from module_export.values import NamedValues, parts
from module_export.variable import Variable, matches
from modules.config import TaskSize
from modules.platform.celery import CeleryConfig, WorkersConfig
from modules.platform.cluster import LogsConfig
from modules.platform.components import ApiServerConfig, ComponentConfig, DagProcessorConfig, SchedulerConfig
from modules.platform.config import AirflowConfig, PlatformConfig
from modules.platform.registry import ImageConfig
from modules.postgres import PostgresConfig


def variables() -> list[Variable]:
    """Return all variables."""
    return [
        Variable(
            "environment",
            "string",
            "What everything is named after: `airflow-<environment>`.",
            rules=(
                (matches("environment", NAME), f"environment must be {WORDS}."),
                ("length(var.environment) <= 18", "environment must have 18 characters or less."),
            ),
        ),
        *network_variables(),
        *entry_variables(),
        *_airflow(),
        *_database(),
        *_celery(),
        *_components(),
        Variable.of("log_component_days", LogsConfig, "component_days", "Keep what components print that long."),
        Variable.of("log_task_days", LogsConfig, "task_days", "Keep the logs of tasks that long."),
        Variable.of(
            "protected",
            PlatformConfig,
            "protected",
            "Refuse to destroy what holds data: database, buckets, secrets, images, load balancer.",
        ),
    ]


def reserved_settings(document: Document) -> list[str]:
    """Return the settings that the document has, which a caller cannot set."""
    names = {name for part in parts(document) if isinstance(part, NamedValues) for name in part.values}
    return sorted(name for name in names - {SETTING_VARIABLE} if name.startswith("AIRFLOW__"))


def _airflow() -> list[Variable]:
    executor = "Where tasks run: each in a Fargate task of its own, in workers, or in the scheduler."
    return [
        Variable.of(
            "image_version", ImageConfig, "version", "Which Airflow runs, without a digest as its official image."
        ),
        Variable.of("image_digest", ImageConfig, "digest", "Which image of the platform's registry runs."),
        Variable.of("image_keep", ImageConfig, "keep", "How many images the registry keeps, to go back to."),
        Variable.of("executor", AirflowConfig, "executor", executor),
        *size("task", TaskSize, "a task with the executor `ecs`", "tasks"),
        Variable(
            "airflow_settings",
            "map(map(string))",
            "More settings for the components, by section and key as in airflow.cfg.",
            {},
            (
                (
                    f"length(setintersection({_NAMES}, local.reserved_settings)) == 0",
                    "airflow_settings has one that the platform sets itself; delete it.",
                ),
            ),
        ),
        Variable.of(
            "execute_command",
            AirflowConfig,
            "execute_command",
            "Let `aws ecs execute-command` open a shell in a component.",
        ),
    ]


def _database() -> list[Variable]:
    def database(field: str, description: str) -> Variable:
        return Variable.of(f"database_{field}", PostgresConfig, field, description)

    return [
        database("engine_version", "PostgreSQL's version."),
        database("instance_class", "The database's size."),
        database("storage_gb", "Its storage to begin with."),
        database("max_storage_gb", "How far it grows by itself.").ruled(
            "var.database_max_storage_gb >= var.database_storage_gb",
            "database_max_storage_gb must not be below database_storage_gb.",
        ),
        database("multi_az", "A second one stands by in another zone."),
        database("backup_retention_days", "How long its backups are kept."),
        database("performance_insights", "Record what queries cost."),
    ]


def _celery() -> list[Variable]:
    def worker(field: str, description: str) -> Variable:
        return Variable.of(f"worker_{field}", WorkersConfig, field, f"With Celery: {description}")

    return [
        Variable.of("flower", CeleryConfig, "flower", "With Celery: show workers and queues as a page of Airflow."),
        Variable.of(
            "broker_node_type", CeleryConfig, "node_type", "With Celery: the size of the broker in ElastiCache."
        ),
        Variable.of(
            "broker_nodes", CeleryConfig, "nodes", "With Celery: with two or more the loss of one is survived."
        ),
        *size("worker", WorkersConfig, "a Celery worker", "workers"),
        worker("concurrency", "how many tasks a worker runs at once."),
        worker("min_count", "least number of workers."),
        worker("max_count", "most workers.").ruled(
            "var.worker_max_count >= var.worker_min_count", "worker_max_count must not be below worker_min_count."
        ),
        worker("idle_seconds", "workers that were not needed for so long go."),
    ]


def _components() -> list[Variable]:
    def api_server(field: str, description: str) -> Variable:
        return Variable.of(f"api_server_{field}", ApiServerConfig, field, description)

    models = {"scheduler": SchedulerConfig, "dag_processor": DagProcessorConfig, "triggerer": ComponentConfig}
    return [
        *size("api_server", ApiServerConfig, "an api-server", "api-servers"),
        api_server("min_count", "Least number of api-servers."),
        api_server("max_count", "Most api-servers.").ruled(
            "var.api_server_max_count >= var.api_server_min_count",
            "api_server_max_count must not be below api_server_min_count.",
        ),
        api_server("cpu_target", "The average CPU, in percent, that their number aims at."),
        *(
            variable
            for name, model in models.items()
            for words in [name.replace("_", "-")]
            for variable in [
                *size(name, model, f"a {words}", f"{words}s"),
                Variable.of(f"{name}_count", model, "count", f"How many {words}s run."),
            ]
        ),
    ]


# What follows _CMD or _SECRET sets the same.
_NAMES = (
    "flatten([for section, values in var.airflow_settings : "
    '[for key in keys(values) : replace(upper("AIRFLOW__${section}__${key}"), "/_(CMD|SECRET)$/", "")]])'
)
