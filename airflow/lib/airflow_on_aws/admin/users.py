"""Airflow's users from a list, through the REST API of the FAB auth manager."""

import csv
import logging
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from airflow_on_aws.admin.rest_api import Api, ApiError
from airflow_on_aws.secrets import secrets_manager

log = logging.getLogger(__name__)
NEEDED = ("username", "email", "first_name", "last_name", "roles")
USERS = "/auth/fab/v1/users"


def from_file() -> list[dict[str, str]]:
    """The rows of config/users.csv below AIRFLOW_HOME; raises ValueError."""
    file = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "config" / "users.csv"
    try:
        lines = file.read_text().splitlines()
    except FileNotFoundError:
        raise ValueError(f"no users are given, and there is no {file}; give some or write it") from None
    return [{name: (text or "").strip() for name, text in row.items() if name} for row in csv.DictReader(lines)]


def create(api: Api, entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Creates them or brings them up to date; a line for each one that cannot be."""
    lines = []
    for number, entry in enumerate(entries, 1):
        name = entry.get("username") or f"number {number}"
        try:
            log.info("user %s: %s", name, _create(api, entry))
        except (ApiError, ValueError, secrets_manager.SecretError) as error:
            lines.append(f"user {name}: {error}")
            log.error(lines[-1])
    return lines


def _create(api: Api, entry: Mapping[str, Any]) -> str:
    for field in NEEDED:
        if not entry.get(field):
            raise ValueError(f"{field} is missing; write {','.join(NEEDED)}")
    if unknown := sorted(set(entry) - {*NEEDED, "password_secret"}):
        raise ValueError(f"{unknown[0]} is not taken; a password belongs into the secret that password_secret names")
    roles = entry["roles"].split() if isinstance(entry["roles"], str) else list(entry["roles"])
    body = {**{name: entry[name] for name in NEEDED}, "roles": [{"name": role} for role in roles]}
    path = f"{USERS}/{quote(entry['username'], safe='')}"
    found = api.call("GET", path, none_for={404})
    if found is None:
        secret = entry.get("password_secret")
        # Without one, nobody knows the password: the user signs in with the identity provider, or an admin sets another.
        password = secrets_manager.read_or_make(secret) if secret else secrets.token_urlsafe()
        api.call("POST", USERS, json={**body, "password": password})
        return "created"
    same = {**{name: found[name] for name in NEEDED}, "roles": sorted(role["name"] for role in found["roles"])}
    if same == {**body, "roles": sorted(set(roles))}:
        return "is as asked for"
    api.call("PATCH", path, json=body)
    return "brought up to date"
