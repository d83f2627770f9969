"""Airflow connections, created from a list in one request. Passwords come from AWS Secrets Manager by name."""

import json
import logging
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from airflow.sdk.log import redact  # type: ignore[attr-defined]
from airflow_on_aws.admin.rest_api import Api
from airflow_on_aws.secrets.secrets_manager import SecretError, read_secret

log = logging.getLogger(__name__)
FIELDS = {"connection_id", "conn_type", "description", "host", "login", "schema", "port", "extra", "password_secret"}
_ID = re.compile(r"[\w.-]{1,200}")


def connections_from_file() -> list[dict[str, Any]]:
    """Return the list in config/connections.json below AIRFLOW_HOME; raises ValueError."""
    file = Path(os.environ.get("AIRFLOW_HOME", "~/airflow")).expanduser() / "config" / "connections.json"
    try:
        entries = json.loads(file.read_text())
    except FileNotFoundError:
        raise ValueError(f"the run has no `connections` and {file} does not exist; provide one of them") from None
    except ValueError as error:
        raise ValueError(f"{file} is not valid JSON: {error}; fix it") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{file} is not a list of objects; fix it")
    return entries


def create_connections(api: Api, entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Create or overwrite the connections; return an error message for each failed entry. Raises ApiError."""
    bodies, errors = [], []
    for number, entry in enumerate(entries, 1):
        try:
            bodies.append(_request_body(entry))
        except (ValueError, SecretError) as error:
            errors.append(f"connection {entry.get('connection_id') or f'number {number}'}: {error}")
    if bodies:
        action = {"action": "create", "action_on_existence": "overwrite", "entities": bodies}
        done = api.call("PATCH", "/api/v2/connections", json={"actions": [action]})["create"]
        errors += [f"Airflow rejects a connection: {item['error']}" for item in done["errors"]]
        for name in done["success"]:
            log.info("connection %s: created or overwritten", name)
    for message in errors:
        log.error(message)
    return errors


def _request_body(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Validate an entry and add its password; raises ValueError, SecretError."""
    if unknown := sorted(set(entry) - FIELDS):
        raise ValueError(
            f"field {unknown[0]!r} is not accepted: every user can read a run's configuration and the file; "
            "name the secret with the password in password_secret"
        )
    for field in ("connection_id", "conn_type"):
        if not isinstance(entry.get(field), str) or not _ID.fullmatch(entry[field]):
            raise ValueError(f"{field} is missing or invalid; use letters, digits and _.- only")
    body = {name: value for name, value in entry.items() if name not in ("extra", "password_secret")}
    extra = entry.get("extra")
    if extra is not None:
        if not isinstance(extra, dict):
            raise ValueError("extra is not an object; write it as one")
        if redact(extra) != extra:
            raise ValueError("extra contains what looks like a secret; name a secret in password_secret instead")
        body["extra"] = json.dumps(extra)
    if secret := entry.get("password_secret"):
        body["password"] = read_secret(secret)
    return body
