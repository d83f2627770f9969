from pathlib import Path

import pytest
from airflow.exceptions import AirflowClusterPolicyViolation
from airflow.sdk import DAG
from airflow_on_aws.policies import dag_policy


def test_a_dag_below_a_project_must_have_its_prefix_when_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_ON_AWS_PROJECTS", str(tmp_path))
    for dag_id, file in (
        ("weather__elt", tmp_path / "weather/current/dags/a.py"),
        ("admin__x", tmp_path.parent / "a.py"),
    ):
        dag = DAG(dag_id)
        dag.fileloc = str(file)
        dag_policy(dag)
    dag.fileloc = str(tmp_path / "weather/current/dags/a.py")
    with pytest.raises(AirflowClusterPolicyViolation, match="admin__x: the DAG id does not begin with weather__"):
        dag_policy(dag)
