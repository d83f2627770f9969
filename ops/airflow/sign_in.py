"""API clients that are signed in to the Airflow of this machine, or of an environment."""

import json
import os

from configuration.environment import Environment
from local_aws import server
from local_aws.ports import LOOPBACK
from modules.contract import PlatformContract
from ops.account import Account, aws_errors
from ops.airflow import laptop, processes
from ops.airflow.api import Api
from ops.airflow.home import DEFAULT_HOME, AirflowHome
from ops.errors import OpsError
from ops.paths import ROOT


def laptop_api(home: AirflowHome) -> Api:
    """Return a client of the Airflow of this machine; raises OpsError if it is not running."""
    if processes.find_supervisor(home) is None:
        raise OpsError(
            "Airflow is not running on this machine: name an environment (--env dev), or start it with `make airflow`"
        )
    return Api(laptop.page_url(home), home.generated.admin_password)


def environment_api(environment: Environment, account: Account) -> Api:
    """Return a client of an environment's Airflow; raises OpsError.

    It signs in with AIRFLOW_TOKEN, or as AIRFLOW_USER, or else as the environment's service account, an admin. A local AWS
    without containers runs no Airflow: then the client is for the Airflow of this machine.
    """
    running = server.running(ROOT) if environment.platform.local_aws else None
    if running and not running.containers:
        return laptop_api(AirflowHome(DEFAULT_HOME))
    parameter = PlatformContract.path(environment.prefix)
    with aws_errors(f"{parameter} cannot be read", _remedy(environment)):
        contract = account.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"]
    url, host = str(json.loads(contract)["url"]), None
    if running:  # only browsers resolve the name of its load balancer
        url, host = f"http://{LOOPBACK}:{running.port}", url.removeprefix("http://")
    if token := os.environ.get("AIRFLOW_TOKEN"):
        return Api(url, "", host=host, token=token)
    user, password = _user_from_variables() or _service_account(environment, account)
    return Api(url, password, user, host)


def admin_password(environment: Environment, account: Account) -> str:
    """Return the password with which the user ``admin`` of an environment was created; raises OpsError."""
    return _secret(account, f"{environment.prefix}/admin-password", _remedy(environment))


def _user_from_variables() -> tuple[str, str] | None:
    if not (user := os.environ.get("AIRFLOW_USER")):
        return None
    if not (password := os.environ.get("AIRFLOW_PASSWORD")):
        raise OpsError(f"AIRFLOW_PASSWORD is not set: set it to the password of {user}, or unset AIRFLOW_USER")
    return user, password


def _service_account(environment: Environment, account: Account) -> tuple[str, str]:
    remedy = f"{_remedy(environment)}; or, if you are no admin, set AIRFLOW_USER and AIRFLOW_PASSWORD to your own"
    stored = json.loads(_secret(account, f"{environment.prefix}/service-account", remedy))
    return stored["username"], stored["password"]


def _secret(account: Account, name: str, remedy: str) -> str:
    with aws_errors(f"{name} cannot be read", remedy):
        return str(account.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])


def _remedy(environment: Environment) -> str:
    return f"deploy {environment.name}-platform, or check your role's permissions"
