"""What the example project needs on this machine: its bucket, its target database, its source, and Airflow's API."""

import json
import sys
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import boto3

from ops.airflow import postgres
from ops.airflow.place import Place
from ops.local_aws import server
from ops.local_aws.ports import LOOPBACK

BUCKET = "weather-files"
DATABASE = "weather"


def start(place: Place) -> None:
    """Brings up the local AWS with the bucket, and makes the database."""
    local_aws = server.start(place.home, place.kept.aws_port, with_containers=False)
    variables = local_aws.environment()
    s3 = boto3.client(
        "s3",
        endpoint_url=local_aws.endpoint_url,
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
    s3.create_bucket(Bucket=BUCKET)
    postgres.create(place, DATABASE)


def stop(place: Place) -> None:
    """Stops the local AWS: what was in the bucket is gone."""
    server.stop(place.home)


def programs(place: Place) -> Mapping[str, Sequence[str]]:
    """What has to run besides Airflow."""
    return {"weather-api": (sys.executable, "-m", "ops.airflow.weather_api", str(place.kept.weather_port))}


def connections(place: Place) -> dict[str, str]:
    """The connections of the example and of the admin DAGs, as variables that Airflow looks into before its database."""
    kept = place.kept
    files = {
        "conn_type": "aws",
        "login": "local",
        "password": "local",
        "extra": {
            "endpoint_url": f"http://{LOOPBACK}:{kept.aws_port}",
            "region_name": "us-east-1",
            "service_config": {"s3": {"bucket_name": BUCKET}},
        },
    }
    target = f"postgresql://airflow:{quote(kept.database_password)}@{LOOPBACK}:{kept.database_port}/{DATABASE}"
    return {
        "AIRFLOW_CONN_AIRFLOW_API": f"http://admin:{quote(kept.admin_password)}@{LOOPBACK}:{kept.page_port}",
        "AIRFLOW_CONN_WEATHER_API": f"http://{LOOPBACK}:{kept.weather_port}",
        "AIRFLOW_CONN_WEATHER_FILES": json.dumps(files),
        "AIRFLOW_CONN_WEATHER_TARGET": target,
    }
