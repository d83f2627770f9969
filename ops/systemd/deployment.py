"""Settings that depend on the deployment, as a file of environment variables."""

from modules.settings import AIRFLOW_HOME, aws_settings, variable
from ops.errors import OpsError
from ops.systemd.units import ExecutorName

LOOPBACK = "127.0.0.1"
EXECUTORS: dict[ExecutorName, str] = {"local": "LocalExecutor", "celery": "CeleryExecutor"}


def deployment_settings(
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
    """Return the settings that ECS services also have, and the settings of the machine."""
    return {
        "AIRFLOW_HOME": AIRFLOW_HOME,
        **aws_settings(
            prefix=prefix,
            region=region,
            url=url,
            executor=EXECUTORS[executor],
            execution_api_url=execution_api_url,
            log_bucket=log_bucket,
        ),
        "FORWARDED_ALLOW_IPS": proxies,
        variable("api", "host"): host,
        variable("scheduler", "scheduler_health_check_server_host"): LOOPBACK,
    }


def quote_value(value: str) -> str:
    """Quote a value for an EnvironmentFile; raises OpsError for a quote or a line break, which such a file cannot contain."""
    if "'" in value or "\n" in value:
        raise OpsError(
            f"{value!r} contains a quote or a line break, which a file of variables cannot contain: remove it"
        )
    return value if value.replace("_", "").isalnum() else f"'{value}'"
