"""Health check of this host's job by its heartbeat: `python -m airflow_on_aws.database.job_check TriggererJob`.

It exits with 0 if the job is healthy. It replaces `airflow jobs check --local`, which imports all of Airflow first.
"""

import os
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from airflow_on_aws.database.migration import metadata_connection
from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError

# Settings with the maximum age of a job's last heartbeat, in seconds.
THRESHOLDS = {
    "DagProcessorJob": "AIRFLOW__DAG_PROCESSOR__HEALTH_CHECK_THRESHOLD",
    "TriggererJob": "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD",
}
DEFAULT_SECONDS = 30
HOSTNAME = "AIRFLOW__CORE__HOSTNAME_CALLABLE"
HEARTBEATS = "select hostname, latest_heartbeat from job where job_type = :job and state = 'running' and latest_heartbeat > :since"
ON_THIS_HOST = " and hostname in :names"


class UnhealthyError(Exception):
    """The job has no recent heartbeat."""


def own_hostnames() -> set[str]:
    """Return the names that Airflow may record for this host: its own, and its canonical name if it resolves."""
    name = socket.gethostname()
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM, flags=socket.AI_CANONNAME)
    except OSError:
        return {name}
    return {name} | {canonical for *_, canonical, _ in found if canonical}


def check_heartbeat(environment: Mapping[str, str], job: str) -> None:
    """Raise UnhealthyError without a recent heartbeat, or ConnectionError."""
    age = timedelta(seconds=float(environment.get(THRESHOLDS[job], DEFAULT_SECONDS)))
    values = {"job": job, "since": datetime.now(UTC) - age}
    query = text(HEARTBEATS)
    # With hostname_callable only Airflow knows this host's name. Any host's heartbeat then counts as healthy, which is
    # better than stopping a healthy job.
    if HOSTNAME not in environment:
        query = text(HEARTBEATS + ON_THIS_HOST).bindparams(bindparam("names", expanding=True))
        values["names"] = sorted(own_hostnames())
    with metadata_connection(environment) as database:
        if not database.execute(query, values).first():
            raise UnhealthyError(
                f"{job} on {socket.gethostname()} has had no heartbeat for {age.total_seconds():.0f} s; see its log"
            )


if __name__ == "__main__":
    try:
        check_heartbeat(os.environ, sys.argv[1])
    except (UnhealthyError, ConnectionError, DBAPIError) as error:
        sys.exit(str(error))
