"""Hooks that Airflow imports in each of its processes, before it configures its logging."""

import os
import sys

from airflow_on_aws.dag_rules.policies import dag_policy, task_policy
from airflow_on_aws.database.async_engine import create_async_metadata_engine
from airflow_on_aws.logs.airflow_fields import install_import_hooks
from airflow_on_aws.sign_in.oauth_settings import read_or_exit

__all__ = [
    "create_async_metadata_engine",
    "dag_policy",
    "task_policy",
]  # Airflow would import every other name in this module as a setting or a policy

install_import_hooks()
if sys.argv[1:2] == ["api-server"]:
    # Before the server starts its workers: it would restart failing workers endlessly.
    read_or_exit(os.environ)
