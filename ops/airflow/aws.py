"""AWS for the Airflow of this machine: the local AWS of this checkout if it runs, otherwise a separate emulator."""

import configparser
import os
from pathlib import Path

from local_aws import server
from local_aws.state import LocalAws
from ops.airflow.home import DEFAULT_HOME, AirflowHome, replace_file
from ops.paths import ROOT


def start_local_aws(home: AirflowHome) -> LocalAws:
    """Find or start the emulator, and write its address for Airflow."""
    # An Airflow in another folder, such as a test's, must not use what this checkout has deployed.
    shared = server.running(ROOT) if home.path == DEFAULT_HOME else None
    if shared:
        server.stop(home.path)
    local_aws = shared or server.start(home.path, home.generated.aws_port, with_containers=False)
    _write_address(home, local_aws)
    return local_aws


def boto3_settings(home: AirflowHome) -> dict[str, str]:
    """Return variables with which boto3 reads the address from a file, because it may change while Airflow runs."""
    return {
        "AWS_CONFIG_FILE": str(_address_file(home)),
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _address_file(home: AirflowHome) -> Path:
    return home.path / "aws.config"


def _write_address(home: AirflowHome, local_aws: LocalAws) -> None:
    variables = local_aws.environment()
    parser = configparser.RawConfigParser()
    parser["default"] = {
        "endpoint_url": local_aws.endpoint_url,
        "region": variables["AWS_REGION"],
        "aws_access_key_id": variables["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": variables["AWS_SECRET_ACCESS_KEY"],
    }
    with replace_file(_address_file(home)) as file:
        parser.write(file)
