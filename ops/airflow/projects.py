"""Projects of the Airflow of this machine: those deployed to the local AWS, and the example.

Without containers the local AWS has buckets, but no databases. Therefore each project's target is a database in this
machine's PostgreSQL, with the deployed password; only its host, port and names differ from the deployed connection.
"""

import json
import shutil
from collections.abc import Iterable
from typing import Any

from local_aws.ports import LOOPBACK
from local_aws.state import LocalAws
from modules.account import PREFIX
from ops.airflow import postgres
from ops.airflow.home import AirflowHome, replace_file
from ops.projects import repository
from ops.projects.repository import Answers

ENVIRONMENT = f"{PREFIX}-local"
REGISTRY = f"/{ENVIRONMENT}/projects"
EXAMPLE = "weather"
BACKEND = "airflow.secrets.local_filesystem.LocalFilesystemBackend"
Values = dict[str, Any]


def prepare_projects(home: AirflowHome, local_aws: LocalAws, airflow_version: str) -> None:
    """Create each project's target, and write connections and variables for Airflow; idempotent."""
    deployed = local_aws.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=REGISTRY)
    names = [parameter["Name"].rsplit("/", 1)[-1] for page in deployed for parameter in page["Parameters"]]
    found = _secrets(local_aws) if names else {}
    connections = {name: json.loads(text) for name, text in _select("connections", found, names)}
    variables = dict(_select("variables", found, names))
    if EXAMPLE not in names:
        names.append(EXAMPLE)
        connections |= _example(home, local_aws)
    for name in names:
        target, database = connections[f"{name}_target"], _database(name)
        target |= {
            "host": LOOPBACK,
            "port": home.generated.database_port,
            "schema": database,
            "login": database,
            "extra": {},
        }
        postgres.create_owned_database(home, database, target["password"])
        variables.setdefault(f"{name}_source", f"http://{LOOPBACK}:{home.generated.weather_port}")
    for kind, values in (("connections", connections), ("variables", variables)):
        with replace_file(home.path / f"{kind}.json") as file:
            json.dump(values, file, indent=2)
    _deliver_example(home, airflow_version)


def project_settings(home: AirflowHome) -> dict[str, str]:
    """Return settings with which Airflow reads these connections and variables, and the registry of projects."""
    files = {f"{kind}_file_path": str(home.path / f"{kind}.json") for kind in ("connections", "variables")}
    return {
        "AIRFLOW__SECRETS__BACKEND": BACKEND,
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps(files),
        "AIRFLOW_ON_AWS_REGISTRY": REGISTRY,
        "AIRFLOW_ON_AWS_LOCAL_REPOSITORIES": "True",
    }


def remove_project_files(home: AirflowHome, name: str) -> None:
    """Delete the DAGs and the database of a project from this machine, if they exist."""
    shutil.rmtree(home.path / "projects" / name, ignore_errors=True)
    if home.generated_file.exists() and postgres.is_running(home):
        postgres.drop_database(home, _database(name))


def _database(name: str) -> str:
    """Return a database name that cannot be Airflow's own."""
    from modules.project import identifier  # imported here: it imports CDKTF, which would delay `ops --help`

    return f"project_{identifier(name)}"


def _secrets(local_aws: LocalAws) -> dict[str, str]:
    """Return every connection and variable that is stored for Airflow on AWS, keyed by the name of its secret."""
    client = local_aws.client("secretsmanager")
    wanted = [{"Key": "name", "Values": [f"{ENVIRONMENT}/{kind}/" for kind in ("connections", "variables")]}]
    pages = client.get_paginator("list_secrets").paginate(Filters=wanted)
    names = [secret["Name"] for page in pages for secret in page["SecretList"]]
    return {name: client.get_secret_value(SecretId=name)["SecretString"] for name in names}


def _select(kind: str, secrets: Values, names: Iterable[str]) -> Iterable[tuple[str, str]]:
    prefix, owners = f"{ENVIRONMENT}/{kind}/", tuple(f"{name}_" for name in names)
    short = ((name.removeprefix(prefix), text) for name, text in secrets.items() if name.startswith(prefix))
    return [(name, text) for name, text in short if name.startswith(owners)]


def _example(home: AirflowHome, local_aws: LocalAws) -> dict[str, Values]:
    """Create the example's bucket, and return connections in the format of a deployed project."""
    bucket = f"{EXAMPLE}-files"
    local_aws.client("s3").create_bucket(Bucket=bucket)
    files = {"service_config": {"s3": {"bucket_name": bucket}}}
    return {
        f"{EXAMPLE}_files": {"conn_type": "aws", "extra": files},
        f"{EXAMPLE}_target": {
            "conn_type": "postgres",
            "password": home.generated.database_password,
        },
    }


def _deliver_example(home: AirflowHome, airflow_version: str) -> None:
    """Deliver the template's DAG as ImportDAGs would deliver a release, so that a new Airflow has a project to run."""
    project = home.path / "projects" / EXAMPLE
    release = project / "releases" / "example"
    if release.exists():
        return
    project.mkdir(exist_ok=True)
    (project / ".airflowignore").write_text("/*\n!/current\n/current/*\n!/current/dags\n")
    repository.render_working_tree(release, Answers(EXAMPLE, "weather-team@localhost", airflow_version))
    current = project / "current"
    if not current.is_symlink():
        current.symlink_to(release.relative_to(project))
