"""Rotation of the secret while GitHub delivers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from webhook_service import SECRET, Webhook, command, encode, push, running


@pytest.fixture
def changing(tmp_path: Path, airflow_api: HTTPServer) -> Iterator[Webhook]:
    with running(tmp_path, airflow_api.url_for("").rstrip("/")) as service:
        yield service


def test_both_secrets_are_valid_until_the_previous_secret_is_retired_without_a_restart(changing: Webhook) -> None:
    environment = {"WEBHOOK_SECRETS_FILE": str(changing.secrets)}
    changing.secrets.chmod(0o640)

    assert command(environment, "rotate").returncode == 0
    new, old = changing.secrets.read_text().split()
    assert old == SECRET
    for secret, name in ((old, "previous"), (new, "current")):
        assert changing.deliver(encode(push()), secret=secret)[0] == 202
        assert changing.log[-1]["secret"] == name

    assert command(environment, "retire").returncode == 0
    assert changing.deliver(encode(push()), secret=old)[0] == 401
    assert changing.deliver(encode(push()), secret=new)[0] == 202
    assert changing.secrets.stat().st_mode & 0o777 == 0o640


def test_a_second_rotation_keeps_the_previous_secret(changing: Webhook) -> None:
    environment = {"WEBHOOK_SECRETS_FILE": str(changing.secrets)}
    command(environment, "rotate")
    again = command(environment, "rotate")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert SECRET in changing.secrets.read_text()


def test_without_a_usable_secret_requests_fail_and_the_service_is_unhealthy(changing: Webhook) -> None:
    changing.secrets.write_text("\n")
    assert changing.deliver(encode(push()), secret="")[0] == 503
    assert changing.health() == 503
    assert "0 secrets" in changing.log[-1]["reason"]
