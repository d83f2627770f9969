"""The AIRFLOW_OAUTH_… variables. Without them, users are in Airflow's database and have passwords.

docs/how-to/sign-in.md explains all of them.
"""

import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from airflow_on_aws.sign_in.rules import ANY_DOMAIN, GOOGLE, OAuth

PREFIX = "AIRFLOW_OAUTH_"
NAMES = {
    "PROVIDER", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_FILE", "ISSUER", "SCOPES",
    "ALLOWED_DOMAINS", "DEFAULT_ROLE", "GROUPS_CLAIM", "GROUP_ROLES",
}  # fmt: skip


class SettingError(Exception):
    """Missing or invalid variable; the message names it and the remedy on one line."""


def exit_with_error(reason: object) -> NoReturn:
    """Log the reason and end the api-server: a half-configured sign-in page would be worse than none."""
    from airflow.logging_config import configure_logging

    configure_logging()  # type: ignore[no-untyped-call]  # Airflow may not have configured it yet
    logging.getLogger(__name__).critical("The api-server does not start: %s", reason)
    sys.exit(1)


def read_or_exit(environment: Mapping[str, str]) -> OAuth | None:
    """Return the settings, or end the process if they are invalid."""
    try:
        return read_oauth_settings(environment)
    except SettingError as error:
        exit_with_error(error)


def read_oauth_settings(environment: Mapping[str, str]) -> OAuth | None:
    """Return the settings, or None without any variable; raises SettingError if they are incomplete or invalid."""
    found = {name.removeprefix(PREFIX): value.strip() for name, value in environment.items() if name.startswith(PREFIX)}
    values = {name: value for name, value in found.items() if value}
    if unknown := values.keys() - NAMES:
        raise SettingError(f"{PREFIX}{min(unknown)} is unknown; use one of {', '.join(sorted(NAMES))}")
    if not values:
        return None

    def require(name: str, remedy: str) -> str:
        if name not in values:
            raise SettingError(f"{PREFIX}{name} is missing: {remedy}")
        return values[name]

    provider = values.get("PROVIDER", "google")
    if provider not in ("google", "oidc"):
        raise SettingError(f"{PREFIX}PROVIDER is {provider!r}: set it to google or oidc")
    client_id = require("CLIENT_ID", f"set it, or remove all {PREFIX}… for users with passwords in Airflow's database")
    if "CLIENT_SECRET_FILE" in values:
        values["CLIENT_SECRET"] = _read_secret_file(Path(values["CLIENT_SECRET_FILE"]))
    client_secret = require("CLIENT_SECRET", f"set it, or set {PREFIX}CLIENT_SECRET_FILE to a file that contains it")
    if provider == "oidc":
        issuer = require("ISSUER", "set it to the provider's https URL, which serves /.well-known/openid-configuration")
    else:
        issuer = values.get("ISSUER", GOOGLE)
    domains = require("ALLOWED_DOMAINS", "set it to the e-mail domains that may sign in, such as example.org")
    oauth = OAuth(
        provider=provider,
        issuer=issuer.rstrip("/"),
        client_id=client_id,
        client_secret=client_secret,
        allowed_domains=frozenset(domains.lower().replace(",", " ").split()),
        group_roles=_parse_group_roles(values.get("GROUP_ROLES", "{}")),
        **{name.lower(): values[name] for name in ("DEFAULT_ROLE", "SCOPES", "GROUPS_CLAIM") if name in values},
    )
    _validate(oauth)
    return oauth


def _validate(oauth: OAuth) -> None:
    url = urlsplit(oauth.issuer)
    if not (url.scheme == "https" or (url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost"))):
        raise SettingError(f"{PREFIX}ISSUER is {oauth.issuer!r}: set it to an https URL")
    if oauth.provider == "google" and oauth.issuer != GOOGLE:
        raise SettingError(
            f"{PREFIX}ISSUER is {oauth.issuer!r}: Google's is {GOOGLE}; for others set {PREFIX}PROVIDER=oidc"
        )
    if oauth.provider == "google" and ANY_DOMAIN in oauth.allowed_domains:
        raise SettingError(f"{PREFIX}ALLOWED_DOMAINS is *, which admits every Google account: name your domains")
    if oauth.provider == "google" and oauth.group_roles:
        raise SettingError(f"{PREFIX}GROUP_ROLES is set, but Google does not send a person's groups: remove it")


def _read_secret_file(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise SettingError(f"{PREFIX}CLIENT_SECRET_FILE is {path}: {error.strerror}; correct the path") from None


def _parse_group_roles(text: str) -> dict[str, frozenset[str]]:
    try:
        pairs = {group: [role] if isinstance(role, str) else role for group, role in json.loads(text).items()}
        return {group: frozenset(roles) for group, roles in pairs.items()}
    except (AttributeError, TypeError, ValueError):
        example = '{"data-engineers": "User", "platform": ["Op", "Admin"]}'
        raise SettingError(
            f"{PREFIX}GROUP_ROLES is not a JSON object of groups and roles; write it as {example}"
        ) from None
