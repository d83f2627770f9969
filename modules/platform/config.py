"""The platform's configuration: what platform.tfvars may say."""

from typing import Annotated

from pydantic import Field, model_validator

from modules.account import AccountConfig
from modules.config import Config, TaskSize
from modules.platform import executors
from modules.platform.bundles import Bundles
from modules.platform.celery import CeleryConfig
from modules.platform.cluster import LogsConfig
from modules.platform.components import ComponentsConfig
from modules.platform.database import DatabaseConfig
from modules.platform.entry import EntryConfig
from modules.platform.network import NetworkConfig
from modules.platform.registry import ImageConfig
from modules.platform.sign_in import SignInConfig

# Settings that the platform computes from the rest of the configuration, by section: an operator's value would be lost, or
# break the platform.
_COMPUTED = {
    "api": {"base_url", "host", "port", "secret_key", "worker_timeout"},
    "api_auth": {"jwt_secret"},
    # celery_config_options protects workers from being stopped: airflow/lib/airflow_on_aws/celery/config.py.
    "celery": {"broker_url", "celery_config_options", "result_backend"},
    "core": {"auth_manager", "execution_api_server_url", "executor", "fernet_key"},
    "dag_processor": {"dag_bundle_config_list"},
    "database": {"sql_alchemy_conn"},
    "fab": {"config_file"},
    "logging": {"remote_base_log_folder", "remote_logging"},
    "scheduler": {"enable_health_check", "scheduler_health_check_server_port"},
    "secrets": {"backend", "backend_kwargs"},
}

SettingValue = str | int | float | bool


class AirflowConfig(Config):
    """Airflow's own settings, and where its tasks run."""

    executor: executors.ExecutorName = "ecs"
    task: TaskSize = TaskSize(cpu=512, memory=1024)
    """The size of a task with the ecs executor, unless its project says otherwise."""
    settings: dict[
        Annotated[str, Field(pattern=r"^[a-z_]+$")], dict[Annotated[str, Field(pattern=r"^[a-z_]+$")], SettingValue]
    ] = {}
    """More settings for the components, by section and key as in airflow.cfg."""
    execute_command: bool = False
    """Let ``aws ecs execute-command`` open a shell in a component."""

    @model_validator(mode="after")
    def _computed_settings_stay(self) -> "AirflowConfig":
        for section, keys in self.settings.items():
            for key in keys:
                names = {key, key.removesuffix("_cmd").removesuffix("_secret")}
                if section == "celery" and "worker_concurrency" in names:
                    # The number of workers follows from it.
                    raise ValueError(f"settings.{section}.{key} is celery.workers.concurrency; set that, and delete it")
                if section == "aws_ecs_executor" or names & _COMPUTED.get(section, set()):
                    raise ValueError(f"settings.{section}.{key} is set by the platform itself; delete it")
        return self


class PlatformConfig(AccountConfig):
    """One Airflow cluster, with defaults that are safe for production."""

    network: NetworkConfig
    entry: EntryConfig
    database: DatabaseConfig = DatabaseConfig()
    image: ImageConfig = ImageConfig()
    airflow: AirflowConfig = AirflowConfig()
    celery: CeleryConfig = CeleryConfig()
    """With Celery among the executors."""
    sign_in: SignInConfig | None = None
    """None: users have passwords in Airflow's database."""
    bundles: Bundles = {}
    """Projects, by name, whose DAGs Airflow fetches itself; ImportDAGs delivers the DAGs of all others."""
    components: ComponentsConfig = ComponentsConfig()
    logs: LogsConfig = LogsConfig()
    protected: bool = True
    """Refuse to destroy what holds data: database, buckets, secrets, images, load balancer."""

    @model_validator(mode="after")
    def _celery_is_used(self) -> "PlatformConfig":
        if self.celery != CeleryConfig() and not executors.has(self.airflow.executor, "celery"):
            raise ValueError(
                f'celery is for the executor "celery" or "celery,ecs", and airflow.executor = "{self.airflow.executor}"; '
                "delete it, or change the executor"
            )
        if self.celery.workers.instances and self.network.vpc and self.network.vpc.nat == "none":
            raise ValueError(
                'celery.workers.instances need a way out, and network.vpc.nat = "none"; set it to "one", or delete instances'
            )
        return self

    @model_validator(mode="after")
    def _the_database_suffices(self) -> "PlatformConfig":
        container = self.database.container
        if container and self.protected:
            raise ValueError(
                "database.container has no backup, and protected = true; set protected = false, or delete container"
            )
        if container and container.engine == "mysql" and executors.has(self.airflow.executor, "celery"):
            raise ValueError(
                'database.container.engine = "mysql" cannot tell how many Celery workers are needed; '
                'set it to "postgres", or change airflow.executor'
            )
        return self

    @model_validator(mode="after")
    def _zones_are_in_the_region(self) -> "PlatformConfig":
        for zone in self.network.vpc.zones if self.network.vpc else ():
            if zone[:-1] != self.region:
                raise ValueError(f'network.vpc.zones has {zone}, which is not in region = "{self.region}"; change one')
        return self

    @model_validator(mode="after")
    def _the_sign_in_secret_is_in_the_account(self) -> "PlatformConfig":
        place = f":{self.region}:{self.account_id}:"
        if self.sign_in and place not in self.sign_in.client_secret_arn:
            raise ValueError(
                f"sign_in.client_secret_arn is not in {self.account_id}, {self.region}; ECS reads secrets of its own "
                "account and region, so put it there"
            )
        return self
