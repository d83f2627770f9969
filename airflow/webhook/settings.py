"""What the webhook is told by environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """One line: what is wrong with which variable, and the remedy."""


@dataclass(frozen=True)
class Settings:
    """Where to listen, and which Airflow to tell. Secrets are in files, or in variables where there are no files."""

    host: str
    port: int
    airflow_url: str
    user: str
    password_file: Path | None
    password_variable: str
    secrets_file: Path | None
    secrets_variable: str

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """From WEBHOOK_… variables; raises SettingsError."""
        url = environment.get("WEBHOOK_AIRFLOW_URL", "http://127.0.0.1:8080").rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise SettingsError(f"WEBHOOK_AIRFLOW_URL is {url!r}: give a URL like http://127.0.0.1:8080")
        port = environment.get("WEBHOOK_PORT", "8090")
        if not port.isdecimal():
            raise SettingsError(f"WEBHOOK_PORT is {port!r}: give a number")
        for name in ("WEBHOOK_AIRFLOW_PASSWORD", "WEBHOOK_SECRETS"):
            if not (environment.get(name) or environment.get(f"{name}_FILE")):
                raise SettingsError(f"{name}_FILE is not set: name a file, or set {name}")
        if not environment.get("WEBHOOK_AIRFLOW_USER"):
            raise SettingsError("WEBHOOK_AIRFLOW_USER is not set: name a user of Airflow who may trigger ImportDAGs")
        return cls(
            host=environment.get("WEBHOOK_HOST", "127.0.0.1"),
            port=int(port),
            airflow_url=url,
            user=environment["WEBHOOK_AIRFLOW_USER"],
            password_file=_path(environment.get("WEBHOOK_AIRFLOW_PASSWORD_FILE")),
            password_variable=environment.get("WEBHOOK_AIRFLOW_PASSWORD", ""),
            secrets_file=_path(environment.get("WEBHOOK_SECRETS_FILE")),
            secrets_variable=environment.get("WEBHOOK_SECRETS", ""),
        )

    @staticmethod
    def file_of_secrets(environment: Mapping[str, str] = os.environ) -> Path:
        """The file that `rotate` and `retire` change; raises SettingsError."""
        if name := environment.get("WEBHOOK_SECRETS_FILE"):
            return Path(name)
        raise SettingsError("WEBHOOK_SECRETS_FILE is not set: name the file with the secrets")

    def password(self) -> str:
        """The password of the user in Airflow; raises SettingsError."""
        return _text(self.password_file, "WEBHOOK_AIRFLOW_PASSWORD_FILE", self.password_variable).strip()

    def secrets(self) -> list[str]:
        """The webhook's secrets: the current one, then perhaps the previous one. Raises SettingsError.

        Read anew each time, so that a change counts from the next request on.
        """
        where = str(self.secrets_file or "WEBHOOK_SECRETS")
        secrets = _text(self.secrets_file, "WEBHOOK_SECRETS_FILE", self.secrets_variable).split()
        if not 1 <= len(secrets) <= 2:
            raise SettingsError(f"{where} has {len(secrets)} secrets: give the current one, and at most the one before")
        for number, secret in enumerate(secrets, 1):
            if len(secret) < 16:
                raise SettingsError(f"{where}: secret {number} is shorter than 16 characters: `openssl rand -hex 32`")
        return secrets


def _path(name: str | None) -> Path | None:
    return Path(name) if name else None


def _text(file: Path | None, variable: str, otherwise: str) -> str:
    if file is None:
        return otherwise
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}: {file} cannot be read ({error}): correct the path or its mode") from None
