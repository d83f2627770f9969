"""The ``AIRFLOW__SECTION__KEY`` variables of every container: those of airflow/config, and what depends on the deployment."""

import json
from functools import cache
from pathlib import Path

from dotenv import dotenv_values

from modules.contract import PlatformContract
from modules.task import PROJECTS_FOLDER

CONFIG = Path(__file__).parent.parent / "airflow" / "config"


def variable(section: str, key: str) -> str:
    """``AIRFLOW__CORE__PARALLELISM`` for ``core`` and ``parallelism``."""
    return f"AIRFLOW__{section}__{key}".upper()


@cache
def fixed_settings() -> dict[str, str]:
    """What is the same in every environment on AWS."""
    files = (dotenv_values(CONFIG / name, interpolate=False) for name in ("airflow.env", "aws.env"))
    return {name: value for settings in files for name, value in settings.items() if value is not None}


def secrets_path(prefix: str, kind: str) -> str:
    """Below which name in Secrets Manager Airflow looks for ``connections`` or ``variables``."""
    return f"{prefix}/{kind}"


def task_settings(prefix: str, region: str, contract: PlatformContract) -> dict[str, str]:
    """What a task's container needs: no database, no keys, only where to ask and where to log."""
    bundles = [
        {
            "name": name,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": path},
        }
        for name, path in (("platform", "/opt/airflow/dags"), ("projects", PROJECTS_FOLDER))
    ]
    lookup = {
        "connections_prefix": secrets_path(prefix, "connections"),
        "variables_prefix": secrets_path(prefix, "variables"),
        "region_name": region,
    }
    return {
        **fixed_settings(),
        "AWS_DEFAULT_REGION": region,
        # A task must know the same executors as the scheduler, or it is put back for ever.
        variable("core", "executor"): contract.executor,
        variable("core", "execution_api_server_url"): contract.execution_api_url,
        variable("dag_processor", "dag_bundle_config_list"): json.dumps(bundles),
        variable("logging", "remote_base_log_folder"): f"s3://{contract.log_bucket}",
        variable("secrets", "backend_kwargs"): json.dumps(lookup),
    }
