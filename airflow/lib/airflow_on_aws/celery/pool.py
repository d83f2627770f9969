"""A correction of Celery 5.6's pool, which a worker imports by `imports` in celery_config.py.

When the connection to the broker is lost, which ElastiCache sees to every twelve hours where IAM signs in, the pool forgets
which of its processes are busy, and then gives them tasks that wait for the ones that run, while other processes are idle.
Celery has corrected it after 5.6.3: https://github.com/celery/celery/pull/10346. test_celery.py shows whether this is needed.
"""

from typing import Any

import wrapt
from celery.concurrency.asynpool import AsynPool


@wrapt.patch_function_wrapper(AsynPool, "flush")
def remember_who_is_busy(flush: Any, pool: Any, args: Any, keywords: Any) -> None:
    """A process whose task has begun is busy until the task's end."""
    flush(*args, **keywords)
    running = [job._write_to for job in pool._cache.values() if job._accepted and job._write_to]
    pool._busy_workers.update(process.inqW_fd for process in running)
