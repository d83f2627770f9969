"""Commands for the metadata database: clean, backup, restore. ``python -m airflow_on_aws.database.maintenance backup s3://…``.

They run where the database is reachable, next to a component of Airflow, and never in the task of a project's DAG.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from airflow_on_aws.database import backup

URL = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
# Database URL for tasks. The author of any DAG can use it, so it is set on a laptop only.
TASK_URL = "AIRFLOW_ON_AWS_MAINTENANCE_DATABASE"


class MaintenanceError(Exception):
    """Failed command, on one line."""


def clean(keep_days: int) -> None:
    """Delete rows that are older than `keep_days`, without an archive table; raises MaintenanceError."""
    before = (datetime.now(UTC) - timedelta(days=keep_days)).isoformat()
    options = ["--skip-archive", "--yes", "--error-on-cleanup-failure"]
    command = [sys.executable, "-m", "airflow", "db", "clean", "--clean-before-timestamp", before, *options]
    if code := subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        raise MaintenanceError(f"`airflow db clean` failed with exit code {code}; see its output above")


def run_from_task(*arguments: str) -> None:
    """Run the command in a new process, because Airflow removes a task's own access to the database.

    Raises MaintenanceError.
    """
    url = os.environ.get(TASK_URL)
    if not url:
        raise MaintenanceError(
            "this task cannot reach the metadata database, unless Airflow runs on a laptop; run "
            "`python -m airflow_on_aws.database.maintenance` next to a component: docs/how-to/maintenance.md"
        )
    blocked = {URL, "AIRFLOW__CORE__SQL_ALCHEMY_CONN"}
    environment = {name: text for name, text in os.environ.items() if name not in blocked}
    process = subprocess.Popen(
        [sys.executable, "-m", "airflow_on_aws.database.maintenance", *arguments],
        env={**environment, URL: url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    last = ""
    for line in process.stdout or ():
        print(line, end="")
        last = line.strip() or last
    if process.wait():
        raise MaintenanceError(last)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; on failure print one line and return exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m airflow_on_aws.database.maintenance", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    cleaning = commands.add_parser("clean", help="delete old runs and logs")
    cleaning.add_argument("--keep-days", type=int, default=90)
    dumping = commands.add_parser("backup", help="dump the database to S3")
    dumping.add_argument("destination", help="s3://bucket/prefix")
    dumping.add_argument("--kms-key", help="KMS key for the dump, instead of the bucket's default encryption")
    restoring = commands.add_parser("restore", help="restore a dump into an empty database")
    restoring.add_argument("source", help="s3://bucket/key of the dump")
    options = parser.parse_args(arguments)
    try:
        if options.command == "clean":
            clean(options.keep_days)
        elif options.command == "backup":
            print(backup.dump_to_s3(os.environ.get(URL, ""), options.destination, options.kms_key))
        else:
            print(f"{backup.restore_from_s3(options.source, os.environ.get(URL, ''))} tables restored")
    except (MaintenanceError, backup.BackupError) as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
