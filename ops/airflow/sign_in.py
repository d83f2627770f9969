"""The Airflow that a command is about: of this machine, or of an environment."""

import json
import os
from collections.abc import Callable
from typing import Any

from configuration.environment import Environment
from local_aws import server
from modules.contract import PlatformContract
from ops.account import Account
from ops.airflow import laptop, processes
from ops.airflow.api import Api
from ops.airflow.home import DEFAULT_HOME, AirflowHome
from ops.errors import OpsError
from ops.paths import ROOT


def laptop_api(home: AirflowHome) -> Api:
    """Of this machine. Raises OpsError unless it runs."""
    if processes.find_supervisor(home) is None:
        raise OpsError("Airflow does not run here: name an environment (--env dev), or start it with `make airflow`")
    return Api(laptop.page_url(home), home.generated.admin_password)


def environment_api(environment: Environment, account: Account) -> Api:
    """Of an environment, as who AIRFLOW_USER names or AIRFLOW_TOKEN is of, or else as its service account, which is an admin.

    That of this machine if it is an environment without containers. Raises OpsError.
    """
    running = server.running(ROOT) if environment.platform.local_aws else None
    if running and not running.containers:
        return laptop_api(AirflowHome(DEFAULT_HOME))
    mend = f"deploy {environment.name}-platform, or see to your role"
    contract = _found(account.client("ssm").get_parameter, mend, Name=PlatformContract.path(environment.prefix))
    url, host = str(json.loads(contract["Parameter"]["Value"])["url"]), None
    if running:  # the name of the load balancer is one that only browsers resolve
        url, host = f"http://127.0.0.1:{running.port}", url.removeprefix("http://")
    if token := os.environ.get("AIRFLOW_TOKEN"):
        return Api(url, "", host=host, token=token)
    user, password = _person() or _service(environment, account, mend)
    return Api(url, password, user, host)


def admin_password(environment: Environment, account: Account) -> str:
    """What the user ``admin`` of an environment was made with. Raises OpsError."""
    secrets, name = account.client("secretsmanager"), f"{environment.prefix}/admin-password"
    mend = f"deploy {environment.name}-platform, or see to your role"
    return str(_found(secrets.get_secret_value, mend, SecretId=name)["SecretString"])


def _person() -> tuple[str, str] | None:
    if not (user := os.environ.get("AIRFLOW_USER")):
        return None
    if not (password := os.environ.get("AIRFLOW_PASSWORD")):
        raise OpsError(f"AIRFLOW_PASSWORD is not set: set it to that of {user}, or unset AIRFLOW_USER")
    return user, password


def _service(environment: Environment, account: Account, mend: str) -> tuple[str, str]:
    own = "or, as no admin, set AIRFLOW_USER and AIRFLOW_PASSWORD to your own in Airflow"
    ask = account.client("secretsmanager").get_secret_value
    kept = json.loads(_found(ask, f"{mend}; {own}", SecretId=f"{environment.prefix}/service-account")["SecretString"])
    return kept["username"], kept["password"]


def _found(ask: Callable[..., Any], mend: str, **what: str) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return ask(**what)
    except (BotoCoreError, ClientError) as error:
        name, message = next(iter(what.values())), " ".join(str(error).split())
        raise OpsError(f"{name} cannot be read ({message}): {mend}") from None
