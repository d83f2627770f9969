"""The AIRFLOW_OAUTH_… variables. Without any, users are in Airflow's database and have passwords. docs/how-to/sign-in.md
has all of it for the people who set it up."""

import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from airflow_on_aws.sign_in.rules import ANYBODY, GOOGLE, OAuth

PREFIX = "AIRFLOW_OAUTH_"
NAMES = {
    "PROVIDER", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_FILE", "ISSUER", "SCOPES",
    "ALLOWED_DOMAINS", "DEFAULT_ROLE", "GROUPS_CLAIM", "GROUP_ROLES",
}  # fmt: skip


class SettingError(Exception):
    """A variable is missing or wrong; the message is one line that says which, and what to set."""


def leave(reason: object) -> NoReturn:
    """Ends the api-server with one line: a page with half a sign-in is worse than none."""
    from airflow.logging_config import configure_logging

    configure_logging()  # type: ignore[no-untyped-call]  # Airflow may not have come so far
    logging.getLogger(__name__).critical("The api-server does not start: %s", reason)
    sys.exit(1)


def read_or_leave(environment: Mapping[str, str]) -> OAuth | None:
    """What AIRFLOW_OAUTH_… say; ends the process if that is wrong."""
    try:
        return read(environment)
    except SettingError as error:
        leave(error)


def read(environment: Mapping[str, str]) -> OAuth | None:
    """What AIRFLOW_OAUTH_… say, None if they say nothing; raises SettingError if they say only half of it."""
    found = {name.removeprefix(PREFIX): value.strip() for name, value in environment.items() if name.startswith(PREFIX)}
    given = {name: value for name, value in found.items() if value}
    if unknown := given.keys() - NAMES:
        raise SettingError(f"{PREFIX}{min(unknown)} is unknown: did you mean one of {', '.join(sorted(NAMES))}?")
    if not given:
        return None

    def need(name: str, remedy: str) -> str:
        if name not in given:
            raise SettingError(f"{PREFIX}{name} is missing: {remedy}")
        return given[name]

    provider = given.get("PROVIDER", "google")
    if provider not in ("google", "oidc"):
        raise SettingError(f"{PREFIX}PROVIDER is {provider!r}: set it to google or oidc")
    client_id = need("CLIENT_ID", f"set it, or remove all {PREFIX}… for users with passwords in Airflow's database")
    if "CLIENT_SECRET_FILE" in given:
        given["CLIENT_SECRET"] = _secret(Path(given["CLIENT_SECRET_FILE"]))
    client_secret = need("CLIENT_SECRET", f"set it, or {PREFIX}CLIENT_SECRET_FILE to a file that holds it")
    if provider == "oidc":
        issuer = need(
            "ISSUER", "set it to the provider's https URL, below which /.well-known/openid-configuration lies"
        )
    else:
        issuer = given.get("ISSUER", GOOGLE)
    domains = need("ALLOWED_DOMAINS", "set it to the e-mail domains that may sign in, such as example.org")
    oauth = OAuth(
        provider=provider,
        issuer=issuer.rstrip("/"),
        client_id=client_id,
        client_secret=client_secret,
        allowed_domains=frozenset(domains.lower().replace(",", " ").split()),
        group_roles=_group_roles(given.get("GROUP_ROLES", "{}")),
        **{name.lower(): given[name] for name in ("DEFAULT_ROLE", "SCOPES", "GROUPS_CLAIM") if name in given},
    )
    _check(oauth)
    return oauth


def _check(oauth: OAuth) -> None:
    url = urlsplit(oauth.issuer)
    if not (url.scheme == "https" or (url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost"))):
        raise SettingError(f"{PREFIX}ISSUER is {oauth.issuer!r}: set it to an https URL")
    if oauth.provider == "google" and oauth.issuer != GOOGLE:
        raise SettingError(
            f"{PREFIX}ISSUER is {oauth.issuer!r}: Google's is {GOOGLE}; for others set {PREFIX}PROVIDER=oidc"
        )
    if oauth.provider == "google" and ANYBODY in oauth.allowed_domains:
        raise SettingError(f"{PREFIX}ALLOWED_DOMAINS is *, which is everybody with a Google account: name your domains")
    if oauth.provider == "google" and oauth.group_roles:
        raise SettingError(
            f"{PREFIX}GROUP_ROLES is set, but Google does not say which groups somebody is in: remove it"
        )


def _secret(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise SettingError(f"{PREFIX}CLIENT_SECRET_FILE is {path}: {error.strerror}") from None


def _group_roles(text: str) -> dict[str, frozenset[str]]:
    try:
        pairs = {group: [role] if isinstance(role, str) else role for group, role in json.loads(text).items()}
        return {group: frozenset(roles) for group, roles in pairs.items()}
    except (AttributeError, TypeError, ValueError):
        example = '{"data-engineers": "User", "platform": ["Op", "Admin"]}'
        raise SettingError(f"{PREFIX}GROUP_ROLES is not JSON of groups and their roles, such as {example}") from None
