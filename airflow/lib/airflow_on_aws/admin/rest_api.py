"""Client of Airflow's REST API for tasks, which have no access to the metadata database."""

import json
import os
from collections.abc import Container, Mapping
from typing import Any, Self

import httpx

CONNECTION = "airflow_api"
TIMEOUT_SECONDS = 30.0


class ApiError(Exception):
    """Failed request: what was requested and what Airflow answered, on one line."""


class Api:
    """Session of a service account, with its own token in memory. ``with Api.connect() as api: …``."""

    def __init__(self, url: str, username: str, password: str) -> None:
        """Sign in; raises ApiError."""
        self._client = httpx.Client(base_url=url.rstrip("/"), timeout=TIMEOUT_SECONDS)
        account = {"username": username, "password": password}
        token = self.call("POST", "/auth/token", json=account)["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def connect(cls) -> Self:
        """Sign in with the secret that AIRFLOW_ON_AWS_API_SECRET names (url, username, password), else with a connection.

        The secret is safer: only the admin DAGs' role can read it, whereas every DAG can read a connection.
        """
        if secret := os.environ.get("AIRFLOW_ON_AWS_API_SECRET"):
            import boto3

            text = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
            account = json.loads(text)
            return cls(account["url"], account["username"], account["password"])
        from airflow.sdk import Connection
        from airflow.sdk.exceptions import AirflowNotFoundException

        try:
            found = Connection.get(CONNECTION)
        except AirflowNotFoundException:
            remedy = "create it (type http; host, login and password of a service account)"
            raise ApiError(f"there is no connection {CONNECTION}; {remedy}, or set AIRFLOW_ON_AWS_API_SECRET") from None
        host = found.host or ""
        url = host if "://" in host else f"{found.schema or 'http'}://{host}"
        return cls(f"{url}:{found.port}" if found.port else url, found.login or "", found.password or "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        query: Mapping[str, Any] | None = None,
        none_for: Container[int] = (),
    ) -> Any:
        """Return the parsed answer, or None for a status in `none_for`.

        Raises ApiError, whose message never contains the request's body.
        """
        try:
            answer = self._client.request(method, path, json=json, params=query)
        except httpx.HTTPError as error:
            url = self._client.base_url
            reason = error or type(error).__name__
            raise ApiError(f"Airflow's API at {url} does not answer ({reason}); check the api-server") from None
        if answer.status_code in none_for:
            return None
        if answer.is_error:
            raise ApiError(f"{method} {path}: Airflow answers {answer.status_code}: {_detail(answer)}")
        try:
            return answer.json() if answer.content else None
        except ValueError:  # for an unknown path the server returns the UI's HTML page
            raise ApiError(f"{method} {path}: the answer is not JSON; check the URL {self._client.base_url}") from None


def _detail(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return str(answer.reason_phrase)
    if isinstance(detail, list):  # validation errors: name the fields, but not their values
        return "; ".join(f"{'.'.join(map(str, item.get('loc', [])))}: {item.get('msg')}" for item in detail)
    return str(detail)
