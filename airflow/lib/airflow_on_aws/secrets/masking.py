"""Keeps a secret that a task holds out of its log and out of what it returns."""

import json
from urllib.parse import quote

from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.log import mask_secret, redact  # type: ignore[attr-defined] # where Airflow's providers have it from
from airflow.sdk.serde import serialize


def mask(value: str) -> bool:
    """Mask a secret in this task's log from now on; false if Airflow cannot, because it is too short or a common word."""
    for form in _forms(value):
        mask_secret(form)
    return masked(value) != value


def masked(text: str) -> str:
    """A text without what is masked in this process."""
    return str(redact(text))


def refuse_secrets(result: object, secrets: dict[str, str], function: str) -> None:
    """Raise AirflowFailException, which names the function and the secret, if a task's result holds one of them."""
    try:
        stored = json.dumps(serialize(result))
    except Exception:  # Airflow cannot store it either, unless the project brings its own way: look at what shows
        stored = repr(result)
    for name, value in secrets.items():
        if any(form in stored for form in _forms(value)):
            raise AirflowFailException(
                f"{function}() returns its secret {name!r}, which an XCom would keep in clear; return something else"
            )


def _forms(value: str) -> list[str]:
    """A secret as text may show it: whole, line by line as a printed private key, in a URL, in quotes."""
    lines = map(str.strip, value.splitlines())
    forms = [value, *lines, quote(value, safe=""), repr(value)[1:-1], json.dumps(value)[1:-1]]
    # Airflow masks nothing shorter than five characters.
    return [form for form in dict.fromkeys(forms) if len(form) > 4]
