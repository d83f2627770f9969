"""Airflow imports this in each of its processes, before it configures its logging."""

import os
import sys

from airflow_on_aws.dag_rules.policies import dag_policy, task_policy
from airflow_on_aws.database.async_engine import create_async_metadata_engine
from airflow_on_aws.logs import airflow_fields
from airflow_on_aws.sign_in.oauth_settings import read_or_leave

__all__ = [
    "create_async_metadata_engine",
    "dag_policy",
    "task_policy",
]  # Airflow would take every other name here for a setting or a policy

airflow_fields.install()
if sys.argv[1:2] == ["api-server"]:
    # Before it starts workers, which it would start again for ever.
    read_or_leave(os.environ)
