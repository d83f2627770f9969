"""The module ``infrastructure``."""

from typing import Any

from module_export.merge import Decision, Document, merge, with_condition
from module_export.module import Module, synthesised
from module_export.placeholders import Placeholder, replaced
from module_export.project import ACCOUNT, ENVIRONMENT, NAMES, PROJECT
from module_export.variables import Models
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
    multi_az=False,
    backup_retention_days=31,
    performance_insights=False,
)
FILES = FilesConfig(noncurrent_days=7927, expire_days=7933)
PLACEHOLDERS = [
    *NAMES,
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
    models: Models = [
        ("files_", FilesConfig),
        ("serverless_", ServerlessConfig),
        ("instance_", PostgresConfig),
        ("target_", TargetConfig),
        ("", ProjectConfig),
    ]
    return Module("infrastructure", with_condition("var.protected", _document), models, Infrastructure.moved)


def _document(protected: bool) -> Document:
    def instance(**changes: Any) -> Document:
        return _synthesised(protected, TargetConfig(kind="instance", instance=INSTANCE.model_copy(update=changes)))

    def serverless(**changes: Any) -> Document:
        return _synthesised(protected, TargetConfig(serverless=SERVERLESS.model_copy(update=changes)))

    return merge(
        instance(),
        Decision(
            {"serverless": serverless(), "pausing": serverless(min_capacity=0)},
            {"local.serverless": ["serverless", "pausing"], "local.pausing": ["pausing"]},
        ),
        Decision.between("var.instance_multi_az", instance(multi_az=True)),
        Decision.between("var.instance_performance_insights", instance(performance_insights=True)),
        Decision.between(
            "var.files_expire_days != null",
            _synthesised(protected, TargetConfig(kind="instance", instance=INSTANCE), expire_days=FILES.expire_days),
        ),
    )


def _synthesised(protected: bool, target: TargetConfig, expire_days: int | None = None) -> Document:
    config = ProjectConfig(
        owner="nobody",
        repository=RepositoryConfig(url="https://nobody.example"),
        files=FILES.model_copy(update={"expire_days": expire_days}),
        target=target,
        protected=protected,
    )
    id = StackId(ENVIRONMENT, "infrastructure", PROJECT)
    document = synthesised(lambda app: Infrastructure(app, id, config, account=ACCOUNT))
    made: Document = replaced(document, PLACEHOLDERS)
    return made
