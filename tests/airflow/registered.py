"""Registry of projects in SSM that the running Airflow reads."""

import json
from typing import Any

import boto3
import pytest
from instance import Instance


class Registry:
    """Writes entries as a project's workflows do; `names` lists the existing entries."""

    def __init__(self, airflow: Instance) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_CONFIG_FILE", airflow.environment["AWS_CONFIG_FILE"])
            self.ssm: Any = boto3.session.Session().client("ssm")
        self.path = airflow.environment["AIRFLOW_ON_AWS_REGISTRY"]
        self.names: set[str] = set()

    def put(self, name: str, url: str, **more: Any) -> None:
        entry = {"version": 1, "project": name, "repository": {"url": url, "branch": "main", "dags": "dags"}, **more}
        self.ssm.put_parameter(Name=f"{self.path}/{name}", Value=json.dumps(entry), Type="String", Overwrite=True)
        self.names.add(name)

    def remove(self, name: str) -> None:
        self.ssm.delete_parameter(Name=f"{self.path}/{name}")
        self.names.remove(name)
