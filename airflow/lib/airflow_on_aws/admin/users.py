"""Airflow users, created from a list through the REST API of the FAB auth manager."""

import csv
import logging
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from airflow_on_aws.admin.rest_api import Api, ApiError
from airflow_on_aws.secrets.secrets_manager import SecretError, read_or_create_password

log = logging.getLogger(__name__)
REQUIRED = ("username", "email", "first_name", "last_name", "roles")
USERS = "/auth/fab/v1/users"


def users_from_file() -> list[dict[str, str]]:
    """Return the rows of config/users.csv below AIRFLOW_HOME; raises ValueError."""
    file = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "config" / "users.csv"
    try:
        lines = file.read_text().splitlines()
    except FileNotFoundError:
        raise ValueError(f"the run has no `users` and {file} does not exist; provide one of them") from None
    return [{name: (text or "").strip() for name, text in row.items() if name} for row in csv.DictReader(lines)]


def create_users(api: Api, entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Create or update the users; return an error message for each failed entry."""
    errors = []
    for number, entry in enumerate(entries, 1):
        name = entry.get("username") or f"number {number}"
        try:
            log.info("user %s: %s", name, _create_or_update(api, entry))
        except (ApiError, ValueError, SecretError) as error:
            errors.append(f"user {name}: {error}")
            log.error(errors[-1])
    return errors


def _create_or_update(api: Api, entry: Mapping[str, Any]) -> str:
    for field in REQUIRED:
        if not entry.get(field):
            raise ValueError(f"field {field!r} is missing; required are {', '.join(REQUIRED)}")
    if unknown := sorted(set(entry) - {*REQUIRED, "password_secret"}):
        raise ValueError(
            f"field {unknown[0]!r} is not accepted; name the secret that holds the password in password_secret"
        )
    roles = entry["roles"].split() if isinstance(entry["roles"], str) else list(entry["roles"])
    body = {**{name: entry[name] for name in REQUIRED}, "roles": [{"name": role} for role in roles]}
    path = f"{USERS}/{quote(entry['username'], safe='')}"
    found = api.call("GET", path, none_for={404})
    if found is None:
        secret = entry.get("password_secret")
        # The random password is stored nowhere: the user signs in with the identity provider, or an admin sets a password.
        password = read_or_create_password(secret) if secret else secrets.token_urlsafe()
        api.call("POST", USERS, json={**body, "password": password})
        return "created"
    current = {**{name: found[name] for name in REQUIRED}, "roles": sorted(role["name"] for role in found["roles"])}
    if current == {**body, "roles": sorted(set(roles))}:
        return "unchanged"
    api.call("PATCH", path, json=body)
    return "updated"
