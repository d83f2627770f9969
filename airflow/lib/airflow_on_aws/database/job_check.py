"""Whether this host's job is well, by its heartbeat: `python -m airflow_on_aws.database.job_check TriggererJob` ends with 0 if it is.

As `airflow jobs check --local`, which starts a whole Airflow to ask.
"""

import os
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from airflow_on_aws.database.migration import connected
from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError

# After how many seconds a job's last heartbeat is too old, unless Airflow is told otherwise: 30.
THRESHOLDS = {
    "DagProcessorJob": "AIRFLOW__DAG_PROCESSOR__HEALTH_CHECK_THRESHOLD",
    "TriggererJob": "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD",
}
SECONDS = 30
HOSTNAME = "AIRFLOW__CORE__HOSTNAME_CALLABLE"
HEARTBEATS = "select hostname, latest_heartbeat from job where job_type = :job and state = 'running' and latest_heartbeat > :since"
HERE = " and hostname in :names"


class NotWellError(Exception):
    """One line that says why."""


def names() -> set[str]:
    """What Airflow may call this host: its canonical name, where the resolver has one."""
    own = socket.gethostname()
    try:
        found = socket.getaddrinfo(own, None, type=socket.SOCK_DGRAM, flags=socket.AI_CANONNAME)
    except OSError:
        return {own}
    return {own} | {canonical for *_, canonical, _ in found if canonical}


def check(environment: Mapping[str, str], job: str) -> None:
    """Raises NotWellError, ConnectionError."""
    age = timedelta(seconds=float(environment.get(THRESHOLDS[job], SECONDS)))
    values = {"job": job, "since": datetime.now(UTC) - age}
    query = text(HEARTBEATS)
    # By another name, which only Airflow knows, any host's heartbeat will do: better than to stop what is well.
    if HOSTNAME not in environment:
        query = text(HEARTBEATS + HERE).bindparams(bindparam("names", expanding=True))
        values["names"] = sorted(names())
    with connected(environment) as database:
        if not database.execute(query, values).first():
            raise NotWellError(f"{job} of {socket.gethostname()} has had no heartbeat for {age.total_seconds():.0f} s")


if __name__ == "__main__":
    try:
        check(os.environ, sys.argv[1])
    except (NotWellError, ConnectionError, DBAPIError) as error:
        sys.exit(str(error))
