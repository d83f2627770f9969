"""Consistent field names in Airflow's JSON log lines: timestamp, level, logger, message, exception, and for tasks
dag_id, task_id, run_id and try_number.

With `AIRFLOW__LOGGING__JSON_LOGS` alone the names are `event` and `error_detail`, and no line names the task that printed
it. Airflow has no setting for either, and since Airflow 3 a formatter class has no effect, so Airflow's functions are
wrapped when they are imported. Files of task logs keep Airflow's names, which the UI and the REST API expect.
"""

import logging
import sys
from collections.abc import Callable
from typing import Any

import structlog
import wrapt
from structlog.contextvars import bound_contextvars

TASK_FIELDS = ("dag_id", "task_id", "run_id", "try_number")


def install_import_hooks() -> None:
    """Wrap Airflow's functions when this process imports them. Call it before Airflow configures its logging."""
    for copy in ("airflow._shared.logging", "airflow.sdk._shared.logging"):  # Airflow's core and its SDK have one each
        wrapt.register_post_import_hook(_rename_fields, copy)
    wrapt.register_post_import_hook(_add_task_fields, "airflow.sdk.execution_time.supervisor")


def _rename_fields(module: Any) -> None:
    @wrapt.decorator
    def configured(configure: Callable[..., None], _: Any, args: Any, settings: dict[str, Any]) -> None:
        configure(*args, **settings)
        # Any other output is a pipe to a supervisor, which expects Airflow's names.
        if settings.get("json_output") and settings.get("output") in (None, getattr(sys.stdout, "buffer", None)):
            _rename_on_stdout()

    module.configure_logging = configured(module.configure_logging)


def _rename_on_stdout() -> None:
    *processors, to_json = structlog.get_config()["processors"]
    structlog.configure(processors=[*processors, _with_renamed_fields(to_json)])
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            *processors, to_json = handler.formatter.processors
            handler.formatter.processors = (*processors, _with_renamed_fields(to_json))
    # Airflow gives this logger a handler without a formatter, which repeats each of its lines as plain text.
    logging.getLogger("flask_appbuilder").handlers.clear()


def _with_renamed_fields(to_json: Callable[..., Any]) -> Callable[..., Any]:
    def rename(logger: Any, method: str, event: dict[str, Any]) -> str | bytes:
        event = _masked(event)
        event.setdefault("logger", "root")
        if "error_detail" in event:
            event["exception"] = event.pop("error_detail")
        line: str | bytes = to_json(logger, method, event)
        # Airflow writes timestamp, level and event first, so the first match is the field name, not part of a message.
        if isinstance(line, bytes):
            return line.replace(b',"event":', b',"message":', 1)
        return line.replace(',"event":', ',"message":', 1)

    return rename


def _add_task_fields(supervisor: Any) -> None:
    """Add the task's fields to the supervisor's lines: what the task prints, and how it ended."""

    @wrapt.decorator
    def supervised(supervise: Callable[..., int], _: Any, args: Any, settings: dict[str, Any]) -> int:
        with bound_contextvars(**{name: getattr(settings["ti"], name) for name in TASK_FIELDS}):
            return supervise(*args, **settings)

    supervisor.supervise_task = supervised(supervisor.supervise_task)


def _masked(event: dict[str, Any]) -> dict[str, Any]:
    """Mask secrets. Airflow masks them in the task's file, but not in what LocalExecutor prints in the scheduler."""
    masker = sys.modules.get("airflow.sdk._shared.secrets_masker")
    return masker.redact(event) if masker else event
