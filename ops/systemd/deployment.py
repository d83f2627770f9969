"""What depends on the deployment, as variables."""

import json

from modules.settings import AIRFLOW_HOME, located_settings, secrets_path, variable
from ops.errors import OpsError
from ops.local_aws.ports import LOOPBACK
from ops.systemd.units import ExecutorName

EXECUTORS: dict[ExecutorName, str] = {"local": "LocalExecutor", "celery": "CeleryExecutor"}


def settings(
    *,
    url: str,
    execution_api_url: str,
    region: str,
    prefix: str,
    log_bucket: str,
    executor: ExecutorName,
    host: str,
    proxies: str,
) -> dict[str, str]:
    """What depends on the deployment, as ECS gets it, and where things are on the machine."""
    lookup = {
        "connections_prefix": secrets_path(prefix, "connections"),
        "variables_prefix": secrets_path(prefix, "variables"),
        "region_name": region,
    }
    return {
        "AIRFLOW_HOME": AIRFLOW_HOME,
        **located_settings(AIRFLOW_HOME),
        "AWS_DEFAULT_REGION": region,
        "FORWARDED_ALLOW_IPS": proxies,
        variable("api", "base_url"): url,
        variable("api", "host"): host,
        variable("core", "executor"): EXECUTORS[executor],
        variable("core", "execution_api_server_url"): execution_api_url,
        variable("logging", "remote_base_log_folder"): f"s3://{log_bucket}",
        variable("scheduler", "scheduler_health_check_server_host"): LOOPBACK,
        variable("secrets", "backend_kwargs"): json.dumps(lookup),
    }


def quoted(value: str) -> str:
    """As an EnvironmentFile wants it: what is not plain stands in single quotes, which a value cannot have."""
    if "'" in value or "\n" in value:
        raise OpsError(
            f"{value!r} has a quote or a line break, which cannot stand in a file of variables: leave it out"
        )
    return value if value.replace("_", "").isalnum() else f"'{value}'"
