"""The JSON lines that Airflow prints, with one name for each thing: timestamp, level, logger, message, and of a task
dag_id, task_id, run_id, try_number and exception.

`AIRFLOW__LOGGING__JSON_LOGS` alone says `event` and `error_detail`, and not which task printed a line. It has no setting
for either, and a formatter class has no effect since Airflow 3, so Airflow's functions are wrapped when they are imported.
The files of task logs keep Airflow's names, because the page and the REST API read them by those.
"""

import logging
import sys
from collections.abc import Callable
from typing import Any

import structlog
import wrapt
from structlog.contextvars import bound_contextvars

TASK = ("dag_id", "task_id", "run_id", "try_number")


def install() -> None:
    """Wraps what this process will import. To be called before Airflow configures its logging."""
    for copy in ("airflow._shared.logging", "airflow.sdk._shared.logging"):  # Airflow's core and its SDK have one each
        wrapt.register_post_import_hook(_rename_fields, copy)
    wrapt.register_post_import_hook(_name_the_task, "airflow.sdk.execution_time.supervisor")


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
    structlog.configure(processors=[*processors, _renamed(to_json)])
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
            *processors, to_json = handler.formatter.processors
            handler.formatter.processors = (*processors, _renamed(to_json))
    # Airflow gives it a handler without a formatter, which prints each of its lines once more as plain text.
    logging.getLogger("flask_appbuilder").handlers.clear()


def _renamed(to_json: Callable[..., Any]) -> Callable[..., Any]:
    def rename(logger: Any, method: str, event: dict[str, Any]) -> str | bytes:
        event = _masked(event)
        event.setdefault("logger", "root")
        if "error_detail" in event:
            event["exception"] = event.pop("error_detail")
        line: str | bytes = to_json(logger, method, event)
        # Airflow puts timestamp, level and event first, so the first one is the name and not a part of a message.
        if isinstance(line, bytes):
            return line.replace(b',"event":', b',"message":', 1)
        return line.replace(',"event":', ',"message":', 1)

    return rename


def _name_the_task(supervisor: Any) -> None:
    """What the supervisor writes for a task names it as well: what the task prints, and how it ended."""

    @wrapt.decorator
    def supervised(supervise: Callable[..., int], _: Any, args: Any, settings: dict[str, Any]) -> int:
        with bound_contextvars(**{name: getattr(settings["ti"], name) for name in TASK}):
            return supervise(*args, **settings)

    supervisor.supervise_task = supervised(supervisor.supervise_task)


def _masked(event: dict[str, Any]) -> dict[str, Any]:
    """Without a task's secrets. Airflow masks its file only, not what LocalExecutor prints of it in the scheduler."""
    masker = sys.modules.get("airflow.sdk._shared.secrets_masker")
    return masker.redact(event) if masker else event
