"""JSON log lines on stdout with the field names of Airflow's logs."""

import logging

from airflow_on_aws.logs.json_formatter import log_json_to_stdout

_LOGGER = logging.getLogger("webhook")


def configure() -> None:
    """Send warnings of all loggers, and every record of this service, to stdout."""
    log_json_to_stdout(_LOGGER)


def log(level: int, event: str, **facts: object) -> None:
    """Log an event with its facts, without those that are None or empty."""
    _LOGGER.log(level, event, extra={"facts": facts})
