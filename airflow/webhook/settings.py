"""Settings of the webhook, from WEBHOOK_… environment variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """Missing or invalid setting: the variable, the problem and the remedy, on one line."""


@dataclass(frozen=True)
class Settings:
    """Address to listen on, and the Airflow to trigger. Secrets are in files, or else in variables."""

    host: str
    port: int
    airflow_url: str
    user: str
    password_file: Path | None
    password_variable: str
    secrets_file: Path | None
    secrets_variable: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read and validate the variables; raises SettingsError."""
        url = environment.get("WEBHOOK_AIRFLOW_URL", "http://127.0.0.1:8080").rstrip("/")
        if not url.startswith(("http://", "https://")):
            raise SettingsError(f"WEBHOOK_AIRFLOW_URL is {url!r}: set it to a URL such as http://127.0.0.1:8080")
        port = environment.get("WEBHOOK_PORT", "8090")
        if not port.isdecimal():
            raise SettingsError(f"WEBHOOK_PORT is {port!r}: set it to a number")
        for name in ("WEBHOOK_AIRFLOW_PASSWORD", "WEBHOOK_SECRETS"):
            if not (environment.get(name) or environment.get(f"{name}_FILE")):
                raise SettingsError(f"{name}_FILE is not set: set it to a file, or set {name}")
        if not environment.get("WEBHOOK_AIRFLOW_USER"):
            raise SettingsError("WEBHOOK_AIRFLOW_USER is not set: set it to an Airflow user who may trigger ImportDAGs")
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
    def secrets_path(environment: Mapping[str, str] = os.environ) -> Path:
        """Return the file that `rotate` and `retire` change; raises SettingsError."""
        if name := environment.get("WEBHOOK_SECRETS_FILE"):
            return Path(name)
        raise SettingsError("WEBHOOK_SECRETS_FILE is not set: set it to the file with the secrets")

    def password(self) -> str:
        """Return the user's password in Airflow; raises SettingsError."""
        return _text(self.password_file, "WEBHOOK_AIRFLOW_PASSWORD_FILE", self.password_variable).strip()

    def secrets(self) -> list[str]:
        """Return the current secret and, during a rotation, the previous secret. Raises SettingsError.

        They are read for every request, so that a change needs no restart.
        """
        where = str(self.secrets_file or "WEBHOOK_SECRETS")
        secrets = _text(self.secrets_file, "WEBHOOK_SECRETS_FILE", self.secrets_variable).split()
        if not 1 <= len(secrets) <= 2:
            raise SettingsError(
                f"{where} has {len(secrets)} secrets: write the current secret and at most the previous secret"
            )
        for number, secret in enumerate(secrets, 1):
            if len(secret) < 16:
                raise SettingsError(
                    f"{where}: secret {number} is shorter than 16 characters: create one with `openssl rand -hex 32`"
                )
        return secrets


def _path(name: str | None) -> Path | None:
    return Path(name) if name else None


def _text(file: Path | None, variable: str, default: str) -> str:
    if file is None:
        return default
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}: {file} cannot be read ({error}): correct the path or its mode") from None
