"""Fix for the process pool of Celery 5.6; workers import it through `imports` in config.py.

When the connection to the broker is lost, the pool forgets which of its processes are busy. It then assigns new tasks
to busy processes, where they wait, while other processes are idle. ElastiCache closes each connection that signs in
with IAM after twelve hours. Remove this module with the first Celery release after 5.6.3 that contains
https://github.com/celery/celery/pull/10346; until then tests/airflow/test_celery.py fails without it.
"""

from typing import Any

import wrapt
from celery.concurrency.asynpool import AsynPool


@wrapt.patch_function_wrapper(AsynPool, "flush")
def keep_busy_workers(flush: Any, pool: Any, args: Any, keywords: Any) -> None:
    """Keep a process marked as busy until its accepted task has ended."""
    flush(*args, **keywords)
    running = [job._write_to for job in pool._cache.values() if job._accepted and job._write_to]
    pool._busy_workers.update(process.inqW_fd for process in running)
