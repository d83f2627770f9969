"""One JSON object a line on stdout, in the fields of Airflow's own logs."""

import logging

from airflow_on_aws.logs import json_formatter

_LOGGER = logging.getLogger("webhook")


def configure() -> None:
    """Send every logger's warnings, and all that we log, to stdout."""
    json_formatter.configure(_LOGGER)


def log(level: int, event: str, **facts: object) -> None:
    """Log an event with facts; what is None or empty is left out."""
    _LOGGER.log(level, event, extra={"facts": facts})
