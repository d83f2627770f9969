"""A running Airflow's REST API, as an operator's commands ask it: on this machine, or of an environment."""

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from environments.load import Environment
from modules.contract import PlatformContract
from ops.account import account_of
from ops.airflow import laptop, processes
from ops.airflow.place import Place
from ops.errors import OpsError

SECONDS = 30.0


class AirflowApi:
    """Signed in; a token of its own, which is kept nowhere."""

    def __init__(self, url: str, username: str, password: str) -> None:
        """Raises OpsError."""
        self.url = url.rstrip("/")
        # Loopback never goes through a proxy.
        local = urlsplit(url).hostname in {"127.0.0.1", "localhost"}
        self._opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if local else []))
        self._headers = {"Content-Type": "application/json"}
        token = self.call("POST", "/auth/token", {"username": username, "password": password})["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def here(cls, place: Place) -> "AirflowApi":
        """Of this machine. Raises OpsError."""
        if processes.running(place) is None:
            raise OpsError(
                "Airflow does not run here: name an environment (--env dev), or start it with `make airflow`"
            )
        return cls(laptop.url(place), "admin", place.kept.admin_password)

    @classmethod
    def of(cls, environment: Environment) -> "AirflowApi":
        """Of an environment, as its service account. Raises OpsError."""
        account = account_of(environment.platform)
        account.check()
        contract = json.loads(
            _found(account.client("ssm").get_parameter, environment, Name=PlatformContract.path(environment.prefix))[
                "Parameter"
            ]["Value"]
        )
        kept = _found(
            account.client("secretsmanager").get_secret_value,
            environment,
            SecretId=f"{environment.prefix}/service-account",
        )
        service = json.loads(kept["SecretString"])
        return cls(contract["url"], service["username"], service["password"])

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer, parsed. Raises OpsError; what was sent is in no message."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, self._headers, method=method)  # noqa: S310 - http by configuration
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise OpsError(
                f"{method} {self.url}{path}: Airflow answers {error.code} {error.reason}; see whether it runs our image"
            ) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise OpsError(
                f"Airflow at {self.url} does not answer ({reason}); see whether it runs, and lets this machine in"
            ) from None


def _found(ask: Any, environment: Environment, **what: str) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return ask(**what)
    except (BotoCoreError, ClientError) as error:
        name = next(iter(what.values()))
        message = " ".join(str(error).split())
        raise OpsError(
            f"{name} cannot be read ({message}): deploy {environment.name}-platform, or see to your role"
        ) from None
