"""What depends on the deployment, as variables."""

from local_aws.ports import LOOPBACK
from modules.settings import AIRFLOW_HOME, aws_settings, variable
from ops.errors import OpsError
from ops.systemd.units import ExecutorName

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
    """What depends on the deployment, as ECS gets it, and where things are on the machine."""
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
    """As an EnvironmentFile wants it: what is not plain stands in single quotes, which a value cannot have."""
    if "'" in value or "\n" in value:
        raise OpsError(
            f"{value!r} has a quote or a line break, which cannot stand in a file of variables: leave it out"
        )
    return value if value.replace("_", "").isalnum() else f"'{value}'"
