"""The projects of the Airflow of this machine: those deployed to the local AWS, and the example.

What is deployed there without containers has buckets, but no databases. So each project's target is a database in this
machine's PostgreSQL, with the deployed password; its connection says so, and is otherwise as it was deployed.
"""

import json
import shutil
from collections.abc import Iterable
from typing import Any

import boto3

from local_aws.ports import LOOPBACK
from local_aws.state import LocalAws
from modules.account import PREFIX
from ops.airflow import postgres
from ops.airflow.files import replace_file
from ops.airflow.home import AirflowHome
from ops.projects import repository
from ops.projects.repository import Answers

ENVIRONMENT = f"{PREFIX}-local"
REGISTRY = f"/{ENVIRONMENT}/projects"
EXAMPLE = "weather"
BACKEND = "airflow.secrets.local_filesystem.LocalFilesystemBackend"
Values = dict[str, Any]


def prepare_projects(home: AirflowHome, local_aws: LocalAws, airflow_version: str) -> None:
    """Gives every project its target, and Airflow the connections and variables; as often as one likes."""
    deployed = _client("ssm", local_aws).get_paginator("get_parameters_by_path").paginate(Path=REGISTRY)
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
    """Where Airflow finds what prepare() wrote, each time that it is asked for, and which projects there are."""
    files = {f"{kind}_file_path": str(home.path / f"{kind}.json") for kind in ("connections", "variables")}
    return {
        "AIRFLOW__SECRETS__BACKEND": BACKEND,
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps(files),
        "AIRFLOW_ON_AWS_REGISTRY": REGISTRY,
        "AIRFLOW_ON_AWS_LOCAL_REPOSITORIES": "True",
    }


def remove_project_files(home: AirflowHome, name: str) -> None:
    """Takes a project's DAGs and its database off this machine, if they are there."""
    shutil.rmtree(home.path / "projects" / name, ignore_errors=True)
    if home.generated_file.exists() and postgres.is_running(home):
        postgres.drop_database(home, _database(name))


def _database(name: str) -> str:
    """Never that of Airflow itself, nor its user."""
    from modules.project import identifier  # not at the top: imports CDKTF, and `ops --help` would wait for that

    return f"project_{identifier(name)}"


def _secrets(local_aws: LocalAws) -> dict[str, str]:
    """Every connection and variable that Airflow would find on AWS, by the secret's name."""
    client = _client("secretsmanager", local_aws)
    wanted = [{"Key": "name", "Values": [f"{ENVIRONMENT}/{kind}/" for kind in ("connections", "variables")]}]
    pages = client.get_paginator("list_secrets").paginate(Filters=wanted)
    names = [secret["Name"] for page in pages for secret in page["SecretList"]]
    return {name: client.get_secret_value(SecretId=name)["SecretString"] for name in names}


def _select(kind: str, secrets: Values, names: Iterable[str]) -> Iterable[tuple[str, str]]:
    prefix, owners = f"{ENVIRONMENT}/{kind}/", tuple(f"{name}_" for name in names)
    short = ((name.removeprefix(prefix), text) for name, text in secrets.items() if name.startswith(prefix))
    return [(name, text) for name, text in short if name.startswith(owners)]


def _example(home: AirflowHome, local_aws: LocalAws) -> dict[str, Values]:
    """Its bucket, and connections like those of a deployed project."""
    bucket = f"{EXAMPLE}-files"
    _client("s3", local_aws).create_bucket(Bucket=bucket)
    files = {"service_config": {"s3": {"bucket_name": bucket}}}
    return {
        f"{EXAMPLE}_files": {"conn_type": "aws", "extra": files},
        f"{EXAMPLE}_target": {
            "conn_type": "postgres",
            "password": home.generated.database_password,
        },
    }


def _deliver_example(home: AirflowHome, airflow_version: str) -> None:
    """Puts the template's DAG where ImportDAGs would put a release of it, for whoever has just started."""
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


def _client(service: str, local_aws: LocalAws) -> Any:
    variables = local_aws.environment()
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=local_aws.endpoint_url,
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
