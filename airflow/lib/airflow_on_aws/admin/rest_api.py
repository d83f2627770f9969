"""Airflow's REST API, as a service account uses it from a task. A task has no database, and this is instead of one."""

import json
import os
from collections.abc import Container, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

CONNECTION = "airflow_api"
SECONDS = 30.0


class ApiError(Exception):
    """One line: what was asked, and what Airflow answered."""


class Api:
    """A session with a token of its own, which is kept nowhere. ``with Api.connect() as api: …``."""

    def __init__(self, url: str, username: str, password: str) -> None:
        """Signs in; raises ApiError."""
        self._client = httpx.Client(base_url=url.rstrip("/"), timeout=SECONDS)
        account = {"username": username, "password": password}
        token = self.call("POST", "/auth/token", json=account)["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def connect(cls) -> Self:
        """With the account of the secret AIRFLOW_ON_AWS_API_SECRET (url, username, password), or else of a connection.

        The secret is better: any DAG can read a connection, but only the admin DAGs' role that secret.
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
            remedy = "make it (http: host, login and password of a service account)"
            raise ApiError(f"there is no connection {CONNECTION}; {remedy}, or set AIRFLOW_ON_AWS_API_SECRET") from None
        host = found.host or ""
        url = host if "://" in host else f"{found.schema or 'http'}://{host}"
        return cls(f"{url}:{found.port}" if found.port else url, found.login or "", found.password or "")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        """The answer, parsed; None for a status in `none_for`. Raises ApiError; what was sent is in no message."""
        try:
            answer = self._client.request(method, path, json=json, params=query)
        except httpx.HTTPError as error:
            url = self._client.base_url
            raise ApiError(f"Airflow's API at {url} does not answer ({error or type(error).__name__})") from None
        if answer.status_code in none_for:
            return None
        if answer.is_error:
            raise ApiError(f"{method} {path}: Airflow answers {answer.status_code}: {_detail(answer)}")
        try:
            return answer.json() if answer.content else None
        except ValueError:  # an unknown address is answered with the page
            raise ApiError(f"{method} {path}: the answer is no JSON; see to the URL {self._client.base_url}") from None


def _detail(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return str(answer.reason_phrase)
    if isinstance(detail, list):  # a refused body: what is said of each field, but not what was in it
        return "; ".join(f"{'.'.join(map(str, one.get('loc', [])))}: {one.get('msg')}" for one in detail)
    return str(detail)
