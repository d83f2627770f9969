"""User with which `ops run-project`, `releases` and `rollback` sign in to an environment's Airflow."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ops.account import Account
from ops.airflow.sign_in import environment_api
from ops.errors import OpsError
from ops.stacks import selection

URL = "https://airflow.example.org"
DEV = selection.environment("dev")


class Aws(Account):
    """Account in which `dev` is deployed; any unexpected request is an error."""

    def __init__(self) -> None:
        super().__init__(DEV.platform, {})
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        self.clients = {name: boto3.client(name, **keys) for name in ("ssm", "secretsmanager")}  # type: ignore[call-overload]
        self.ssm, self.secrets = (Stubber(one) for one in self.clients.values())
        contract = {"Parameter": {"Value": json.dumps({"url": URL})}}
        self.ssm.add_response("get_parameter", contract, {"Name": "/airflow-dev/platform"})

    def client(self, service: str) -> Any:
        return self.clients[service]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    for name in ("AIRFLOW_USER", "AIRFLOW_PASSWORD", "AIRFLOW_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    it = Aws()
    with ExitStack() as stack:
        for stubber in (it.ssm, it.secrets):
            stack.enter_context(stubber)
        yield it


def test_a_named_user_signs_in_without_reading_a_secret(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_USER", "ann")
    monkeypatch.setenv("AIRFLOW_PASSWORD", "hers")
    api = environment_api(DEV, aws)
    assert (api.url, api.user, api.password) == (URL, "ann", "hers")
    assert "hers" not in repr(api)


def test_with_a_token_no_sign_in_happens(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_TOKEN", "hers")
    asked = []

    class Airflow:
        def open(self, request: Any, timeout: float) -> Any:
            asked.append((request.full_url, request.get_header("Authorization")))
            raise OSError("there is none")

    monkeypatch.setattr("ops.airflow.api._opener", lambda url: Airflow())
    with pytest.raises(OpsError, match="there is none"):
        environment_api(DEV, aws).call("GET", "/releases/x")
    assert asked == [(f"{URL}/releases/x", "Bearer hers")]


def test_a_user_without_a_password_is_an_error(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_USER", "ann")
    with pytest.raises(
        OpsError, match="AIRFLOW_PASSWORD is not set: set it to the password of ann, or unset AIRFLOW_USER"
    ):
        environment_api(DEV, aws)


def test_without_a_named_user_the_service_account_signs_in(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_PASSWORD", "of another Airflow, whose user has a default")
    kept = {"SecretString": json.dumps({"username": "admin-dags", "password": "kept"})}
    aws.secrets.add_response("get_secret_value", kept, {"SecretId": "airflow-dev/service-account"})
    api = environment_api(DEV, aws)
    assert (api.user, api.password) == ("admin-dags", "kept")


def test_a_missing_permission_names_both_remedies(aws: Aws) -> None:
    aws.secrets.add_client_error("get_secret_value", "AccessDeniedException")
    said = r"airflow-dev/service-account cannot be read \(.*\): deploy dev-platform, or check your role's permissions; or, if you are no admin, "
    with pytest.raises(OpsError, match=f"{said}set AIRFLOW_USER and AIRFLOW_PASSWORD to your own"):
        environment_api(DEV, aws)
