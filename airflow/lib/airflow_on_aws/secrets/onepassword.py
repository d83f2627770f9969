"""Secrets from 1Password Connect, fetched inside the task that uses them and masked in its log.

A task's return value is stored unencrypted in the database (XCom), so a task with `with_secrets` that returns a secret
fails. Not detected: a task that calls `xcom_push` itself, or that changes a secret before it logs it.
"""

import functools
import inspect
import os
import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote, unquote

import httpx
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException
from airflow.sdk.log import mask_secret
from airflow_on_aws.secrets.masking import mask, refuse_secrets
from onepasswordconnectsdk.client import Client  # type: ignore[import-untyped]
from onepasswordconnectsdk.config import ClientConfig  # type: ignore[import-untyped]
from onepasswordconnectsdk.errors import OnePasswordConnectSDKError  # type: ignore[import-untyped]
from onepasswordconnectsdk.models import Field  # type: ignore[import-untyped]

CONNECTION = "onepassword"
"""The Airflow connection (type `http`): its host is the Connect server's URL, its password the token.

Without this connection, the variables OP_CONNECT_HOST and OP_CONNECT_TOKEN are used.
"""
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TIMEOUT_SECONDS = 10.0

R = TypeVar("R")


def get_secret(vault: str, item: str, field: str, *, connection: str = CONNECTION) -> str:
    """Return a field of an item. Name the vault and item by name or id, the field by label, id, or `section.label`.

    Raises AirflowFailException if there is no such field, AirflowException if the server does not answer.
    """
    where = f"1Password: vault {vault!r}, item {item!r}, field {field!r}"
    fields = _fields(vault, item, where, connection)
    found = [known for name, known in fields if field in (name, known.id)]
    found = found or [known for _, known in fields if field == known.label]
    if len(found) != 1:
        names = ", ".join(name for name, _ in fields) or "no fields"
        raise AirflowFailException(f"{where}: {len(found)} fields have that name; the item has: {names}")
    return _masked(found[0], where)


def get_env_vars(vault: str, item: str, *, connection: str = CONNECTION) -> dict[str, str]:
    """Return the fields of an item whose labels are valid names of variables; raises the errors of `get_secret`."""
    where = f"1Password: vault {vault!r}, item {item!r}"
    values = {
        field.label: _masked(field, f"{where}, field {field.label!r}")
        for _, field in _fields(vault, item, where, connection)
        if field.value and field.purpose != "NOTES" and VARIABLE.fullmatch(field.label or "")
    }
    if not values:
        raise AirflowFailException(f"{where}: no label is a valid name of a variable; use labels such as API_KEY")
    return values


def with_secrets(
    connection: str = CONNECTION, /, **secrets: tuple[str, str, str]
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Pass secrets as parameters: write `@with_secrets(api_key=("Vault", "Item", "field"))` below `@task`.

    Raises AirflowFailException if the task returns a secret. It does not work with `@task.external_python` and similar
    decorators, whose source runs in another interpreter.
    """

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        signature = inspect.signature(function)
        if unknown := ", ".join(secrets.keys() - signature.parameters.keys()):
            raise TypeError(f"{function.__name__}() has no parameter {unknown}: add it, or remove it from with_secrets")
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"{function.__name__}() is async: with_secrets is for plain functions")
        # The parameters without secrets: TaskFlow reads the signature, and would require the secrets from the DAG author.
        shown = signature.replace(parameters=[p for p in signature.parameters.values() if p.name not in secrets])

        @functools.wraps(function)
        def fetch_and_call(*args: Any, **kwargs: Any) -> R:
            given = shown.bind(*args, **kwargs).arguments
            fetched = {name: get_secret(*where, connection=connection) for name, where in secrets.items()}
            call = inspect.BoundArguments(signature, {**given, **fetched})
            result = function(*call.args, **call.kwargs)
            refuse_secrets(result, fetched, function.__name__)
            return result

        fetch_and_call.__signature__ = shown  # type: ignore[attr-defined]
        return fetch_and_call

    return decorate


def _client(connection: str) -> Client:
    try:
        known = Connection.get(connection)
    except AirflowNotFoundException:
        url, token = os.environ.get("OP_CONNECT_HOST", ""), os.environ.get("OP_CONNECT_TOKEN", "")
        # A task that names a connection must not silently get another token.
        if connection != CONNECTION or not (url and token):
            raise AirflowFailException(
                f"1Password: there is no connection {connection!r}; create it with type http, the Connect server's URL "
                "as host and the token as password"
            ) from None
    else:
        url, token = known.host or "", known.password or ""
        if not url.startswith(("http://", "https://")) or not token:
            raise AirflowFailException(
                f"1Password: connection {connection!r} needs a host like https://connect.example.org and a password (the token)"
            )
        if known.port:
            url = f"{url}:{known.port}"

    def check(response: httpx.Response) -> None:
        """Distinguish a rejected token and a failing server from a missing item: the SDK raises one error for all."""
        if response.status_code in (401, 403):
            raise AirflowFailException(
                f"1Password: {url} rejected the token ({response.status_code}); "
                f"renew the password of connection {connection!r}, or share the vault with the token"
            )
        if response.status_code >= 500:
            raise AirflowException(
                f"1Password: {url} answered {response.status_code}; check that the server is running and synced"
            )

    mask_secret(token)
    return Client(url, token, ClientConfig(timeout=TIMEOUT_SECONDS, event_hooks={"response": [check]}))


def _fields(vault: str, item: str, where: str, connection: str) -> list[tuple[str, Field]]:
    """Return the fields of an item, each with its label prefixed by its section."""
    client = _client(connection)
    try:
        # The SDK does not escape names in its URLs; an & or # would truncate them.
        found = client.get_item(quote(item, safe=""), quote(vault, safe=""))
    except (OnePasswordConnectSDKError, ValueError) as error:
        reason = unquote(" ".join(str(error).split()))
        raise AirflowFailException(
            f"{where}: not found; correct the name, or share the vault with the token of connection {connection!r} ({reason})"
        ) from None
    except httpx.HTTPError as error:
        raise AirflowException(f"1Password: {client.url} does not answer ({error or type(error).__name__})") from None
    sections = {section.id: f"{section.label}." for section in found.sections or [] if section.label}
    return [
        (sections.get(field.section.id if field.section else None, "") + str(field.label), field)
        for field in found.fields or []
    ]


def _masked(field: Field, where: str) -> str:
    value: str = field.value or ""
    if not value:
        raise AirflowFailException(f"{where}: the field is empty; give it a value")
    if not mask(value) and field.type in ("CONCEALED", "OTP"):
        raise AirflowFailException(f"{where}: is too short to be masked in logs; use a longer secret")
    return value
