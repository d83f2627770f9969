"""Fixtures: the environment `local`, deployed once for all tests of a file."""

import json
from collections.abc import Iterator

import pytest

from tests.checkout import Checkout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    copy = Checkout.make(tmp_path_factory.mktemp("deploy"))
    yield copy
    copy.ops("local-aws", "stop")


@pytest.fixture(scope="module")
def demo(checkout: Checkout) -> str:
    """Output of `make demo`."""
    return checkout.ops("demo").stdout


@pytest.fixture(scope="module")
def secrets(checkout: Checkout, demo: str) -> dict[str, bytes]:
    """Every secret of the environment, by name."""
    client = checkout.client("secretsmanager")
    pages = client.get_paginator("list_secrets").paginate()
    values = {
        secret["Name"]: client.get_secret_value(SecretId=secret["ARN"])["SecretString"]
        for page in pages
        for secret in page["SecretList"]
    }
    connection = json.loads(values["airflow-local/connections/weather_target"])
    values["password inside weather_target"] = connection["password"]
    # These hold no secret: their values are in tfvars files.
    for public in ("airflow-local/variables/weather_station", "airflow-local/connections/weather_files"):
        del values[public]
    assert connection["password"] == values["airflow-local/infrastructure/weather/target-password"]
    return {name: value.encode() for name, value in values.items()}
