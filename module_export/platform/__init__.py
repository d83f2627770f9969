"""The module ``platform``."""

from module_export.module import Module
from module_export.platform.document import document
from module_export.variables import Models
from modules.config import TaskSize
from modules.platform.celery import CeleryConfig, WorkersConfig
from modules.platform.cluster import LogsConfig
from modules.platform.components import ComponentsConfig
from modules.platform.config import AirflowConfig, PlatformConfig
from modules.platform.entry import EntryConfig
from modules.platform.platform import Platform
from modules.platform.registry import ImageConfig
from modules.postgres import PostgresConfig


def module() -> Module:
    """Return the module; its variables are what an operator sets in platform.tfvars."""
    models: Models = [
        *((f"{name}_", type(size)) for name, size in ComponentsConfig()),
        ("worker_", WorkersConfig),
        ("task_", TaskSize),
        ("database_", PostgresConfig),
        ("broker_", CeleryConfig),
        ("image_", ImageConfig),
        ("log_", LogsConfig),
        *(("", model) for model in (AirflowConfig, CeleryConfig, EntryConfig, PlatformConfig)),
    ]
    return Module("platform", document(), models, Platform.moved)
