"""Airflow settings of every container, as environment variables: from airflow/config and from the deployment."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

# Airflow's folder in the image; dags, plugins, config and lib are below it.
AIRFLOW_HOME = "/opt/airflow"
CONFIG = Path(__file__).parent.parent / "airflow" / "config"
# A source of DAGs: an entry of Airflow's dag_bundle_config_list.
Bundle = dict[str, Any]


def variable(section: str, key: str) -> str:
    """Return the environment variable of a setting: ``AIRFLOW__CORE__PARALLELISM`` for ``core`` and ``parallelism``."""
    return f"AIRFLOW__{section}__{key}".upper()


@cache
def fixed_settings(place: str) -> dict[str, str]:
    """Return the settings that are the same everywhere, and those for ``place``: "aws" or "laptop"."""
    files = (dotenv_values(CONFIG / f"{name}.env", interpolate=False) for name in ("airflow", place))
    return {name: value for settings in files for name, value in settings.items() if value is not None}


def projects_folder(home: str = AIRFLOW_HOME) -> str:
    """Return the folder to which the projects' DAGs are delivered."""
    return f"{home}/projects"


def dag_bundles(home: str = AIRFLOW_HOME, more: Sequence[Bundle] = ()) -> str:
    """Return the value of dag_bundle_config_list: DAGs of the image, DAGs delivered by ImportDAGs, and ``more``."""
    bundles = [
        {
            "name": name,
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {"path": path},
        }
        for name, path in (("platform", f"{home}/dags"), ("projects", projects_folder(home)))
    ]
    return json.dumps([*bundles, *more])


def located_settings(home: str, bundles: str | None = None) -> dict[str, str]:
    """Return the settings with paths below ``home`` (AIRFLOW_HOME): libraries, DAG bundles, web server configuration."""
    return {
        "PYTHONPATH": f"{home}/lib",
        variable("dag_processor", "dag_bundle_config_list"): bundles or dag_bundles(home),
        variable("fab", "config_file"): f"{home}/config/webserver_config.py",
    }


def secrets_path(prefix: str, kind: str) -> str:
    """Return the prefix of the secrets in which Airflow looks up ``connections`` or ``variables``."""
    return f"{prefix}/{kind}"


def deploy_key_name(prefix: str, project: str) -> str:
    """Return the name of the secret with the key of a project's private repository; ``*`` matches all projects."""
    return f"{prefix}/deploy-keys/{project}"


def aws_settings(
    *,
    prefix: str,
    region: str,
    url: str,
    executor: str,
    execution_api_url: str,
    log_bucket: str,
    bundles: str | None = None,
) -> dict[str, str]:
    """Return the settings that depend on the deployment, for containers on ECS and for other hosts."""
    lookup = {
        "connections_prefix": secrets_path(prefix, "connections"),
        "variables_prefix": secrets_path(prefix, "variables"),
        "region_name": region,
    }
    return {
        **located_settings(AIRFLOW_HOME, bundles),
        "AWS_DEFAULT_REGION": region,
        # Links in messages about tasks begin with it.
        variable("api", "base_url"): url,
        # A task needs the executors of the scheduler: otherwise it is rescheduled for ever.
        variable("core", "executor"): executor,
        variable("core", "execution_api_server_url"): execution_api_url,
        variable("logging", "remote_base_log_folder"): f"s3://{log_bucket}",
        variable("secrets", "backend_kwargs"): json.dumps(lookup),
    }
