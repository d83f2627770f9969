"""Airflow connections from a list, in one request. Passwords are named, not given."""

import json
import logging
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from airflow.sdk.log import redact  # type: ignore[attr-defined]
from airflow_on_aws.admin.rest_api import Api
from airflow_on_aws.secrets import secrets_manager

log = logging.getLogger(__name__)
FIELDS = {"connection_id", "conn_type", "description", "host", "login", "schema", "port", "extra", "password_secret"}
_ID = re.compile(r"[\w.-]{1,200}")


def from_file() -> list[dict[str, Any]]:
    """The list in config/connections.json below AIRFLOW_HOME; raises ValueError."""
    file = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "config" / "connections.json"
    try:
        entries = json.loads(file.read_text())
    except FileNotFoundError:
        raise ValueError(f"no connections are given, and there is no {file}; give some or write it") from None
    except ValueError as error:
        raise ValueError(f"{file} is no JSON: {error}; correct it") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{file} is no list of objects; correct it")
    return entries


def create(api: Api, entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Creates or overwrites them; a line for each one that cannot be. Raises ApiError."""
    bodies, lines = [], []
    for number, entry in enumerate(entries, 1):
        try:
            bodies.append(_body(entry))
        except (ValueError, secrets_manager.SecretError) as error:
            lines.append(f"connection {entry.get('connection_id') or f'number {number}'}: {error}")
    if bodies:
        action = {"action": "create", "action_on_existence": "overwrite", "entities": bodies}
        done = api.call("PATCH", "/api/v2/connections", json={"actions": [action]})["create"]
        lines += [f"Airflow refuses: {one['error']}" for one in done["errors"]]
        for name in done["success"]:
            log.info("connection %s is as asked for", name)
    for line in lines:
        log.error(line)
    return lines


def _body(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the API takes; raises ValueError, SecretError."""
    if unknown := sorted(set(entry) - FIELDS):
        raise ValueError(
            f"{unknown[0]} is not taken: everybody may read a run and a file; name a secret in password_secret"
        )
    for field in ("connection_id", "conn_type"):
        if not isinstance(entry.get(field), str) or not _ID.fullmatch(entry[field]):
            raise ValueError(f"{field} is missing or has other than letters, digits and _.-; correct it")
    body = {name: value for name, value in entry.items() if name not in ("extra", "password_secret")}
    extra = entry.get("extra")
    if extra is not None:
        if not isinstance(extra, dict):
            raise ValueError("extra is no object; write it as one")
        if redact(extra) != extra:
            raise ValueError("extra holds what looks like a secret; name a secret in password_secret instead")
        body["extra"] = json.dumps(extra)
    if secret := entry.get("password_secret"):
        body["password"] = secrets_manager.read(secret)
    return body
