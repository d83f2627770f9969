"""Secrets that a file or a run only names, from AWS Secrets Manager; masked in this task's log from then on."""

import secrets

import boto3
from airflow.sdk.log import mask_secret
from botocore.exceptions import BotoCoreError, ClientError

LENGTH = 24  # bytes of randomness


class SecretError(Exception):
    """One line that names the secret."""


def read(name: str) -> str:
    """The secret's text; raises SecretError."""
    try:
        # A session of its own: several threads may ask, and boto3's shared one is not made for that.
        text: str = boto3.Session().client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    except (BotoCoreError, ClientError, KeyError) as error:
        raise SecretError(f"secret {name} cannot be read: {error}; see to its name and to the task's role") from None
    mask_secret(text)
    return text


def read_or_make(name: str) -> str:
    """The secret's text, or a random password that is kept there from now on; raises SecretError."""
    password = secrets.token_urlsafe(LENGTH)
    mask_secret(password)
    client = boto3.client("secretsmanager")
    try:
        client.create_secret(Name=name, SecretString=password, Description="Password of an Airflow user")
    except client.exceptions.ResourceExistsException:
        return read(name)
    except (BotoCoreError, ClientError) as error:
        raise SecretError(f"secret {name} cannot be made: {error}; see to the task's role") from None
    return password
