"""The Airflow that a command is about: of this machine, or of an environment."""

import json
from collections.abc import Callable
from typing import Any

from environments.load import Environment
from modules.contract import PlatformContract
from ops.account import Account
from ops.airflow import laptop, processes
from ops.airflow.api import Api
from ops.airflow.place import HOME, Place
from ops.errors import OpsError
from ops.local_aws import server
from ops.paths import ROOT


def here(place: Place) -> Api:
    """Of this machine. Raises OpsError unless it runs."""
    if processes.running(place) is None:
        raise OpsError("Airflow does not run here: name an environment (--env dev), or start it with `make airflow`")
    return Api(laptop.url(place), place.kept.admin_password)


def deployed(environment: Environment, account: Account) -> Api:
    """Of an environment, as its service account; that of this machine if it is one without containers.

    Raises OpsError.
    """
    running = server.running(ROOT) if environment.platform.local_aws else None
    if running and not running.containers:
        return here(Place(HOME))
    ssm, secrets = account.client("ssm"), account.client("secretsmanager")
    contract = _found(ssm.get_parameter, environment, Name=PlatformContract.path(environment.prefix))
    kept = _found(secrets.get_secret_value, environment, SecretId=f"{environment.prefix}/service-account")
    url, service = str(json.loads(contract["Parameter"]["Value"])["url"]), json.loads(kept["SecretString"])
    if running:  # the name of the load balancer is one that only browsers resolve
        host = url.removeprefix("http://")
        return Api(f"http://127.0.0.1:{running.port}", service["password"], service["username"], host)
    return Api(url, service["password"], service["username"])


def _found(ask: Callable[..., Any], environment: Environment, **what: str) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return ask(**what)
    except (BotoCoreError, ClientError) as error:
        name, message = next(iter(what.values())), " ".join(str(error).split())
        raise OpsError(
            f"{name} cannot be read ({message}): deploy {environment.name}-platform, or see to your role"
        ) from None
