"""Celery's configuration: Airflow's own, and what Airflow has no setting for. The settings are in airflow/config."""

import socket
from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import celeryd_init

# A Redis that is gone without a word, as at a failover, is noticed within a minute: by the kernel's own probes when the
# connection is idle, by the time that a sent byte stays unconfirmed when it is not. Linux's default is a quarter of an hour.
KEEPALIVE = {
    socket.TCP_KEEPIDLE: 30,
    socket.TCP_KEEPINTVL: 10,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: 60_000,  # milliseconds
}

CELERY_CONFIG: dict[str, Any] = {
    **DEFAULT_CELERY_CONFIG,
    "imports": ["airflow_on_aws.celery.pool", "airflow_on_aws.celery.task_protection"],
    # A broker that restarts or fails over is waited for, however long it takes: by workers, ...
    "broker_connection_max_retries": None,
    # ... when a replica answers in its place, ...
    "broker_channel_error_retry": True,
    # ... and by the scheduler, whose waiting is ended by [celery] operation_timeout: that it tries again, but it fails a
    # task whose publishing fails by itself.
    "task_publish_retry_policy": {"max_retries": None, "interval_start": 0, "interval_step": 0.2, "interval_max": 1},
    # Meanwhile tasks go on, and a message that is delivered once more is dropped when its task has ended. While it runs,
    # Airflow's API refuses to start it again.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "worker_deduplicate_successful_tasks": True,
    "broker_transport_options": {
        **DEFAULT_CELERY_CONFIG["broker_transport_options"],
        "socket_keepalive": True,
        "socket_keepalive_options": KEEPALIVE,
    },
    "override_backends": dict.fromkeys(("redis", "rediss"), "airflow_on_aws.celery.results:Results"),
    "result_backend_always_retry": True,
    "redis_backend_health_check_interval": 30,
    "redis_socket_connect_timeout": 5,
    "redis_socket_keepalive": True,
    "redis_socket_timeout": 10,
}


def print_no_banner(instance: Any, **_: Any) -> None:
    """A worker's lines are JSON, and its banner would not be."""
    instance.quiet = True


celeryd_init.connect(print_no_banner)
