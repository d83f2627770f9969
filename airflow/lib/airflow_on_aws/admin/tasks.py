"""What the platform's admin DAGs have in common."""

import json
import logging
import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NoReturn

from airflow.sdk.exceptions import AirflowFailException

log = logging.getLogger(__name__)


def arguments() -> dict[str, Any]:
    """Their tasks' arguments; AIRFLOW_ON_AWS_ADMIN_TASK has more, as JSON, for where they may do what they do."""
    more: dict[str, Any] = json.loads(os.environ.get("AIRFLOW_ON_AWS_ADMIN_TASK") or "{}")
    return {
        "owner": "platform",
        "retries": 0,  # a schedule or a person starts them again
        "execution_timeout": timedelta(hours=1),
        **more,
    }


def fail(line: str) -> NoReturn:
    """Ends the task: failed, with this line in its log."""
    log.error(line)
    raise AirflowFailException(line) from None


def fail_if(lines: Sequence[str]) -> None:
    """Ends the task if something went wrong, with all of it in the log, when everything else has been done."""
    if lines:
        more = f" (and {len(lines) - 1} more, see above)" if len(lines) > 1 else ""
        fail(f"{lines[0]}{more}")
