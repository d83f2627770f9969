"""Arguments that the admin DAGs have in common, and failures of their tasks."""

import json
import logging
import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

from airflow.sdk import dag
from airflow.sdk.exceptions import AirflowFailException

log = logging.getLogger(__name__)


def admin_dag(name: str, title: str, description: str, doc: str, **more: Any) -> Callable[[Callable[[], None]], Any]:
    """Decorate a function as the admin DAG ``admin__<name>``; ``more`` are further arguments of a DAG."""
    return dag(
        dag_id=f"admin__{name}",
        dag_display_name=title,
        description=description,
        doc_md=doc,
        tags=["admin"],
        start_date=datetime(2026, 1, 1),
        default_args=default_arguments(),
        **more,
    )


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
