"""Default arguments and failures of the admin DAGs' tasks."""

import json
import logging
import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NoReturn

from airflow.sdk.exceptions import AirflowFailException

log = logging.getLogger(__name__)


def default_arguments() -> dict[str, Any]:
    """Return the `default_args` of an admin DAG.

    AIRFLOW_ON_AWS_ADMIN_TASK, a JSON object, adds arguments that give the tasks the admin role.
    """
    admin_role: dict[str, Any] = json.loads(os.environ.get("AIRFLOW_ON_AWS_ADMIN_TASK") or "{}")
    return {
        "owner": "platform",
        "retries": 0,  # the schedule or an operator starts the DAG again
        "execution_timeout": timedelta(hours=1),
        **admin_role,
    }


def fail(message: str) -> NoReturn:
    """Log the message as an error and fail the task."""
    log.error(message)
    raise AirflowFailException(message) from None


def fail_if_any(messages: Sequence[str]) -> None:
    """Fail the task with the first message, if there is one; the caller has logged the others."""
    if messages:
        more = f" (and {len(messages) - 1} more, see above)" if len(messages) > 1 else ""
        fail(f"{messages[0]}{more}")
