"""Celery's configuration: Airflow's default, plus options for which Airflow has no setting.

Options that have an Airflow setting are in airflow/config/airflow.env.
"""

import socket
from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import celeryd_init

# Detects within one minute that Redis has disappeared without closing the connection, as in a failover: TCP keepalive
# probes cover idle connections, TCP_USER_TIMEOUT covers unacknowledged data. Linux's default takes 15 minutes.
KEEPALIVE = {
    socket.TCP_KEEPIDLE: 30,
    socket.TCP_KEEPINTVL: 10,
    socket.TCP_KEEPCNT: 3,
    socket.TCP_USER_TIMEOUT: 60_000,  # milliseconds
}

CELERY_CONFIG: dict[str, Any] = {
    **DEFAULT_CELERY_CONFIG,
    "imports": ["airflow_on_aws.celery.pool", "airflow_on_aws.celery.task_protection"],
    # Workers retry for as long as the broker restarts or fails over, ...
    "broker_connection_max_retries": None,
    # ... also when a replica answers in its place.
    "broker_channel_error_retry": True,
    # The scheduler retries without limit, until [celery] operation_timeout interrupts it. It then publishes the task
    # again, whereas it would fail a task whose publishing raises an error.
    "task_publish_retry_policy": {"max_retries": None, "interval_start": 0, "interval_step": 0.2, "interval_max": 1},
    # Running tasks continue while the broker is away. A worker drops a message that is delivered again after its task
    # has ended; while the task runs, Airflow's API rejects a second start.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "worker_deduplicate_successful_tasks": True,
    "broker_transport_options": {
        **DEFAULT_CELERY_CONFIG["broker_transport_options"],
        "socket_keepalive": True,
        "socket_keepalive_options": KEEPALIVE,
    },
    "override_backends": dict.fromkeys(("redis", "rediss"), "airflow_on_aws.celery.results:TolerantRedisBackend"),
    "result_backend_always_retry": True,
    "redis_backend_health_check_interval": 30,
    "redis_socket_connect_timeout": 5,
    "redis_socket_keepalive": True,
    "redis_socket_timeout": 10,
}


def disable_banner(instance: Any, **_: Any) -> None:
    """Suppress the worker's banner, which is the only output that is not JSON."""
    instance.quiet = True


celeryd_init.connect(disable_banner)
