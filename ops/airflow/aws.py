"""The AWS of the Airflow of this machine: the local AWS of this checkout where it runs, or one of its own."""

import configparser
import os
from pathlib import Path

from local_aws import server
from local_aws.state import LocalAws
from ops.airflow.files import replace_file
from ops.airflow.home import DEFAULT_HOME, AirflowHome
from ops.paths import ROOT


def start_local_aws(home: AirflowHome) -> LocalAws:
    """Finds or starts it, and tells Airflow where it is."""
    # An Airflow elsewhere, such as a test's, has nothing to do with what is deployed from this checkout.
    shared = server.running(ROOT) if home.path == DEFAULT_HOME else None
    if shared:
        server.stop(home.path)
    local_aws = shared or server.start(home.path, home.generated.aws_port, with_containers=False)
    _write(home, local_aws)
    return local_aws


def stop_local_aws(home: AirflowHome) -> None:
    """Stops its own: what was in its buckets is gone. That of the checkout goes on."""
    server.stop(home.path)


def boto3_settings(home: AirflowHome) -> dict[str, str]:
    """With these boto3 reads where it is from a file, each time: it may move while Airflow runs."""
    return {
        "AWS_CONFIG_FILE": str(_file(home)),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _file(home: AirflowHome) -> Path:
    return home.path / "aws.config"


def _write(home: AirflowHome, local_aws: LocalAws) -> None:
    variables = local_aws.environment()
    parser = configparser.RawConfigParser()
    parser["default"] = {
        "endpoint_url": local_aws.endpoint_url,
        "region": variables["AWS_REGION"],
        "aws_access_key_id": variables["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": variables["AWS_SECRET_ACCESS_KEY"],
    }
    with replace_file(_file(home)) as file:
        parser.write(file)
