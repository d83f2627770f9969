"""AWS Secrets Manager, for secrets that a file or a run's configuration names. They are masked in the task's log."""

import secrets

import boto3
from airflow.sdk.log import mask_secret
from botocore.exceptions import BotoCoreError, ClientError

PASSWORD_BYTES = 24  # of randomness


class SecretError(Exception):
    """Secret that cannot be read or created: its name and the remedy, on one line."""


def read_secret(name: str) -> str:
    """Return the secret's text; raises SecretError."""
    try:
        # A new session for each call, because boto3's default session is not safe to share between threads.
        text: str = boto3.Session().client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    except (BotoCoreError, ClientError, KeyError) as error:
        raise SecretError(f"secret {name} cannot be read: {error}; check its name and the task's role") from None
    mask_secret(text)
    return text


def read_or_create_password(name: str) -> str:
    """Return the secret's text; if there is no such secret, create it with a random password. Raises SecretError."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    mask_secret(password)
    client = boto3.client("secretsmanager")
    try:
        client.create_secret(Name=name, SecretString=password, Description="Password of an Airflow user")
    except client.exceptions.ResourceExistsException:
        return read_secret(name)
    except (BotoCoreError, ClientError) as error:
        raise SecretError(f"secret {name} cannot be created: {error}; check the task's role") from None
    return password
