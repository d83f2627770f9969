"""Validation of the options of `ops systemd`: a wrong value would show only when a service starts, or never."""

import re
from collections.abc import Callable
from ipaddress import ip_network

import typer

URL = r"https?://([\w.-]+|\[[0-9a-fA-F:.]+\])(:\d+)?(/[\w./~-]*)?"
REGION = r"[a-z]{2}(-[a-z]+){1,2}-\d"
NAME = r"[\w.-]+(/[\w.-]+)*"
BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
HOST = r"[\w.:-]+"


def matching(pattern: str, example: str) -> Callable[[str], str]:
    """Return a callback that rejects values that do not match ``pattern``."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            raise typer.BadParameter(f"{value!r} is not valid; pass a value such as {example}")
        return value

    return check


def networks(value: str) -> str:
    """Reject what uvicorn would silently treat as a name that never matches, such as 10.0.0.1/16."""
    try:
        for each in value.split(","):
            ip_network(each.strip())
    except ValueError as error:
        raise typer.BadParameter(f"{error}; pass addresses and networks such as 10.0.0.0/16,10.1.0.5") from None
    return value
