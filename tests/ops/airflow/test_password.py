"""`ops password`, which prints the administrator's password."""

from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console
from typer.testing import CliRunner

from local_aws.state import LocalAws
from ops import cli
from ops.account import Account
from ops.errors import OpsError
from ops.stacks import selection, show
from ops.stacks.states import State
from tests.local_aws.clients import connect_to
from tests.local_aws_fixture import local_aws as local_aws

LOCAL = selection.environment("local")


@pytest.fixture(autouse=True)
def runs(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_aws.server.running", lambda root: local_aws)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a person's own, for an account of AWS")


@pytest.fixture
def secret(local_aws: LocalAws) -> Iterator[str]:
    secrets = connect_to(local_aws)("secretsmanager")
    secrets.create_secret(Name="airflow-local/admin-password", SecretString="of admin")
    yield "of admin"
    secrets.delete_secret(SecretId="airflow-local/admin-password", ForceDeleteWithoutRecovery=True)


def test_only_the_password_is_printed(secret: str) -> None:
    done = CliRunner().invoke(cli.app, ["password", "local"])
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{secret}\n", "")


def test_a_missing_secret_is_an_error_of_one_line() -> None:
    done = CliRunner().invoke(cli.app, ["password", "local"])
    assert isinstance(done.exception, OpsError)
    assert done.stdout == ""
    said = str(done.exception)
    assert said.startswith("airflow-local/admin-password cannot be read (")
    assert said.endswith("): deploy local-platform, or check your role's permissions")
    assert "\n" not in said


def test_ops_show_names_the_command_for_the_password(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    running = LocalAws(local_aws.endpoint_url, 1, local_aws.port, "now", "run", containers=True)
    monkeypatch.setattr("local_aws.server.running", lambda root: running)
    account = Account(LOCAL.platform, local_aws.environment())
    found = {"url": "http://airflow-local-entry.alb.localhost:1"}
    monkeypatch.setattr(show, "read_states", lambda account: [State("local/platform.tfstate", 1, found)])
    output = StringIO()
    show.print_table(LOCAL, account, Console(file=output, width=200))
    said = f"Sign in: {found['url']} as admin; its password: pipenv run ops password local"
    assert said in output.getvalue().splitlines()
