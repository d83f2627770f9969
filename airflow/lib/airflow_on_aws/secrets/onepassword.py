"""Secrets of 1Password Connect, fetched inside the task that uses them and masked in its log.

What a task returns is kept in clear in the database (XCom), so a task under `with_secrets` that returns a secret
fails. A task that pushes an XCom by itself, or changes a secret before it logs it, is not noticed.
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
"""The Airflow connection (type `http`): host is the Connect server's URL, password its token.

Where there is none, the variables OP_CONNECT_HOST and OP_CONNECT_TOKEN count.
"""
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TIMEOUT_SECONDS = 10.0

R = TypeVar("R")


def get_secret(vault: str, item: str, field: str, *, connection: str = CONNECTION) -> str:
    """One field of an item; vault and item by name or id, the field by label, id, or `section.label`.

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
    """The fields of an item whose labels can be names of environment variables; raises as `get_secret` does."""
    where = f"1Password: vault {vault!r}, item {item!r}"
    values = {
        field.label: _masked(field, f"{where}, field {field.label!r}")
        for _, field in _fields(vault, item, where, connection)
        if field.value and field.purpose != "NOTES" and VARIABLE.fullmatch(field.label or "")
    }
    if not values:
        raise AirflowFailException(f"{where}: no field's label can name a variable; label it like API_KEY")
    return values


def with_secrets(
    connection: str = CONNECTION, /, **secrets: tuple[str, str, str]
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Fill a task's parameters: `@task`, below it `@with_secrets(api_key=("Vault", "Item", "field"))`.

    Raises AirflowFailException where the task returns what was fetched. Not for `@task.external_python` and the
    like, whose source runs elsewhere.
    """

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        signature = inspect.signature(function)
        if unknown := ", ".join(secrets.keys() - signature.parameters.keys()):
            raise TypeError(f"{function.__name__}() has no parameter {unknown}: add it, or take it out of with_secrets")
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"{function.__name__}() is async: with_secrets is for plain functions")
        # What the DAG's author may pass: TaskFlow reads the signature, and would ask for the secrets.
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
        # Whoever names a connection does not want another token in its place.
        if connection != CONNECTION or not (url and token):
            raise AirflowFailException(
                f"1Password: there is no connection {connection!r}; make it with type http, the Connect server's URL "
                "as its host and the token as its password"
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
        """Tell a refused token and a failing server from an item that is not there: the SDK has one error for all."""
        if response.status_code in (401, 403):
            raise AirflowFailException(
                f"1Password: {url} refused the token ({response.status_code}); "
                f"renew the password of connection {connection!r}, or let the token read the vault"
            )
        if response.status_code >= 500:
            raise AirflowException(f"1Password: {url} answered {response.status_code}; is the server synced and up?")

    mask_secret(token)
    return Client(url, token, ClientConfig(timeout=TIMEOUT_SECONDS, event_hooks={"response": [check]}))


def _fields(vault: str, item: str, where: str, connection: str) -> list[tuple[str, Field]]:
    """The fields of an item, each with the name that shows its section."""
    client = _client(connection)
    try:
        # The SDK puts names into its URLs as they are; an & or # in one would end it.
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
        raise AirflowFailException(f"{where}: too short to be masked in logs; use a longer secret")
    return value
