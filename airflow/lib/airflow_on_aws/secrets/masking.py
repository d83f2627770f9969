"""Keeps a task's secrets out of its log and out of its return value."""

import json
from urllib.parse import quote

from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.log import mask_secret, redact  # type: ignore[attr-defined] # Airflow's providers import it from here
from airflow.sdk.serde import serialize

SHORTEST = 5  # characters; Airflow masks no shorter secrets


def mask(value: str) -> bool:
    """Mask a secret in this task's log; return False if Airflow cannot, because it is too short or a common word."""
    for form in _forms(value):
        mask_secret(form)
    return redact_text(value) != value


def redact_text(text: str) -> str:
    """Replace everything that this process masks."""
    return str(redact(text))


def refuse_secrets(result: object, secrets: dict[str, str], function: str) -> None:
    """Raise AirflowFailException with the function and the secret's name if a task's result contains a secret."""
    try:
        stored = json.dumps(serialize(result))
    except Exception:  # Airflow cannot store it either, unless the project has a serializer: check the representation
        stored = repr(result)
    for name, value in secrets.items():
        if any(form in stored for form in _forms(value)):
            raise AirflowFailException(
                f"{function}() returns its secret {name!r}, which would be stored unencrypted in an XCom; "
                "return something else"
            )


def _forms(value: str) -> list[str]:
    """Return the forms in which a secret can occur in text: whole, line by line (a private key), in a URL, quoted."""
    lines = map(str.strip, value.splitlines())
    forms = [value, *lines, quote(value, safe=""), repr(value)[1:-1], json.dumps(value)[1:-1]]
    return [form for form in dict.fromkeys(forms) if len(form) >= SHORTEST]
