"""The module ``infrastructure``."""

from module_export.merge import Document, with_condition
from module_export.module import Module, synthesised, with_place
from module_export.placeholders import Placeholder, replaced
from module_export.project import (
    ACCOUNT,
    CONTRACTS,
    ENVIRONMENT,
    NAMES,
    PROJECT,
    PROTECTED,
    VARIABLES,
    locals_of,
)
from module_export.variable import Variable
from modules.infrastructure.infrastructure import Infrastructure
from modules.infrastructure.target import ServerlessConfig, TargetConfig
from modules.postgres import PostgresConfig
from modules.project import FilesConfig, ProjectConfig, RepositoryConfig
from modules.stack_id import StackId

SERVERLESS = ServerlessConfig(
    engine_version="17.77", min_capacity=77.5, max_capacity=199.5, pause_after_minutes=1301, backup_retention_days=29
)
INSTANCE = PostgresConfig(
    engine_version="15.55",
    instance_class="db.qz.mark",
    storage_gb=7901,
    max_storage_gb=7919,
    backup_retention_days=31,
)
FILES = FilesConfig(noncurrent_days=7927, expire_days=7933)
REPOSITORY = RepositoryConfig(url="https://nobody.example")
PLACEHOLDERS = [
    *NAMES,
    *CONTRACTS,
    Placeholder(FILES.noncurrent_days, "${var.files_noncurrent_days}"),
    Placeholder(FILES.expire_days or 0, "${var.files_expire_days}"),
    Placeholder("17.77", "${var.serverless_engine_version}"),
    Placeholder("aurora-postgresql17", 'aurora-postgresql${split(".", var.serverless_engine_version)[0]}'),
    Placeholder(SERVERLESS.min_capacity, "${var.serverless_min_capacity}"),
    Placeholder(SERVERLESS.max_capacity, "${var.serverless_max_capacity}"),
    Placeholder(SERVERLESS.pause_after_minutes * 60, "${var.serverless_pause_after_minutes * 60}"),
    Placeholder(SERVERLESS.backup_retention_days, "${var.serverless_backup_retention_days}"),
    Placeholder("15.55", "${var.instance_engine_version}"),
    Placeholder("postgres15", 'postgres${split(".", var.instance_engine_version)[0]}'),
    Placeholder(INSTANCE.instance_class, "${var.instance_class}"),
    Placeholder(INSTANCE.storage_gb, "${var.instance_storage_gb}"),
    Placeholder(INSTANCE.max_storage_gb, "${var.instance_max_storage_gb}"),
    Placeholder(INSTANCE.backup_retention_days, "${var.instance_backup_retention_days}"),
]


def module() -> Module:
    """Return the module; its variables are the values of a project's configuration that its infrastructure depends on."""
    document = with_condition('var.target_kind == "serverless"', _target)
    return Module(
        "infrastructure",
        "A project's bucket for work files and its PostgreSQL target, for its own tasks only. The environment's platform "
        "must exist: the module reads `/airflow-<environment>/platform` from SSM Parameter Store, and publishes "
        "`/airflow-<environment>/infrastructure/<project>` for the module `workflows`.",
        _EXAMPLE,
        [*VARIABLES, *_variables()],
        with_place({**document, "locals": locals_of(document)}),
        moved=Infrastructure.moved,
    )


def _target(serverless: bool) -> Document:
    def protected_or_not(protected: bool) -> Document:
        return with_condition("var.files_expire_days != null", lambda expires: _sized(serverless, protected, expires))

    return with_condition("var.protected", protected_or_not)


def _sized(serverless: bool, protected: bool, expires: bool) -> Document:
    if serverless:
        return with_condition(
            "var.serverless_min_capacity == 0",
            lambda pauses: _synthesised(
                TargetConfig(serverless=SERVERLESS.model_copy(update={"min_capacity": 0} if pauses else {})),
                protected,
                expires,
            ),
        )

    def zones(multi_az: bool) -> Document:
        return with_condition(
            "var.instance_performance_insights",
            lambda insights: _synthesised(
                TargetConfig(
                    kind="instance",
                    instance=INSTANCE.model_copy(update={"multi_az": multi_az, "performance_insights": insights}),
                ),
                protected,
                expires,
            ),
        )

    return with_condition("var.instance_multi_az", zones)


def _synthesised(target: TargetConfig, protected: bool, expires: bool) -> Document:
    files = FILES if expires else FILES.model_copy(update={"expire_days": None})
    config = ProjectConfig(owner="nobody", repository=REPOSITORY, files=files, target=target, protected=protected)
    id = StackId(ENVIRONMENT, "infrastructure", PROJECT)
    document = synthesised(lambda app: Infrastructure(app, id, config, account=ACCOUNT))
    made: Document = replaced(document, PLACEHOLDERS)
    return made


def _variables() -> list[Variable]:
    def serverless(field: str, description: str) -> Variable:
        return Variable.of(f"serverless_{field}", ServerlessConfig, field, f"Serverless: {description}")

    def instance(field: str, description: str) -> Variable:
        name = field if field.startswith("instance_") else f"instance_{field}"
        return Variable.of(name, PostgresConfig, field, f"Instance: {description}")

    capacities = "serverless_max_capacity must be 1 or more, and not below serverless_min_capacity."
    storage = "instance_max_storage_gb must not be below instance_storage_gb."
    return [
        PROTECTED,
        Variable.of("files_expire_days", FilesConfig, "expire_days", "Delete work files that old; null keeps them."),
        Variable.of(
            "files_noncurrent_days", FilesConfig, "noncurrent_days", "Keep what was overwritten or deleted that long."
        ),
        Variable.of("target_kind", TargetConfig, "kind", "Aurora Serverless v2, or an RDS instance."),
        serverless("engine_version", "PostgreSQL's version."),
        serverless("min_capacity", "least capacity, in units of 2 GiB; with 0 it sleeps when nobody uses it."),
        serverless("max_capacity", "most capacity.").ruled(
            "var.serverless_max_capacity >= max(var.serverless_min_capacity, 1)", capacities
        ),
        serverless("pause_after_minutes", "how long nobody must have used it, with a least capacity of 0."),
        serverless("backup_retention_days", "how long backups are kept."),
        instance("engine_version", "PostgreSQL's version."),
        instance("instance_class", "its size."),
        instance("storage_gb", "storage to begin with."),
        instance("max_storage_gb", "how far storage grows by itself.").ruled(
            "var.instance_max_storage_gb >= var.instance_storage_gb", storage
        ),
        instance("multi_az", "a second one stands by in another zone."),
        instance("backup_retention_days", "how long backups are kept."),
        instance("performance_insights", "record what queries cost."),
    ]


_EXAMPLE = """
module "infrastructure" {
  source = "git::https://…//terraform/infrastructure?ref=…"

  environment = "dev"
  project     = "weather"
  protected   = false

  serverless_max_capacity = 8
}
"""
