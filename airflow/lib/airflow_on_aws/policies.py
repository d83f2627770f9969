"""What the dag-processor refuses in any DAG, however it got there; config/airflow_local_settings.py hands it to Airflow."""

from pathlib import Path
from typing import Any

from airflow.exceptions import AirflowClusterPolicyViolation
from airflow_on_aws.releases import projects_folder


def dag_policy(dag: Any) -> None:
    """A project's DAG has its project's prefix, also when its id is made up anew each time the file is read."""
    path = Path(dag.fileloc)  # as the file is called, not where the link `current` leads to
    if path.is_relative_to(projects_folder()):
        project = path.relative_to(projects_folder()).parts[0]
        if not dag.dag_id.startswith(f"{project}__"):
            raise AirflowClusterPolicyViolation(f"{dag.dag_id}: the DAG id does not begin with {project}__; rename it")
