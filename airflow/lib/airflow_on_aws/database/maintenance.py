"""Work on the metadata database itself: clean, backup, restore. ``python -m airflow_on_aws.database.maintenance backup s3://…``.

It runs where the database may be reached: beside a component of Airflow, never in a task of somebody's DAG.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from airflow_on_aws.database import backup

URL = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
# Gives tasks a way to the database. Every DAG's author can then use it: of use on a laptop only.
FOR_TASKS = "AIRFLOW_ON_AWS_MAINTENANCE_DATABASE"


class MaintenanceError(Exception):
    """One line."""


def clean(keep_days: int) -> None:
    """Deletes what is older, without keeping a copy in the database; raises MaintenanceError."""
    before = (datetime.now(UTC) - timedelta(days=keep_days)).isoformat()
    options = ["--skip-archive", "--yes", "--error-on-cleanup-failure"]
    command = [sys.executable, "-m", "airflow", "db", "clean", "--clean-before-timestamp", before, *options]
    if code := subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        raise MaintenanceError(f"`airflow db clean` ended with {code}; what it said is above")


def from_task(*arguments: str) -> None:
    """The command, from a task: Airflow takes a task's own access to the database away. Raises MaintenanceError."""
    url = os.environ.get(FOR_TASKS)
    if not url:
        raise MaintenanceError(
            "this task has no way to the metadata database; where Airflow is more than a laptop's, run "
            "`python -m airflow_on_aws.database.maintenance` beside a component: docs/how-to/maintenance.md"
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
    """The command: exit code 1 and one line if it fails."""
    parser = argparse.ArgumentParser(prog="python -m airflow_on_aws.database.maintenance", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    cleaning = commands.add_parser("clean", help="delete old runs and logs")
    cleaning.add_argument("--keep-days", type=int, default=90)
    dumping = commands.add_parser("backup", help="dump the database to S3")
    dumping.add_argument("to", help="s3://bucket/prefix")
    dumping.add_argument("--kms-key", help="encrypt with this key instead of the bucket's default")
    restoring = commands.add_parser("restore", help="fill an empty database with a dump")
    restoring.add_argument("of", help="s3://bucket/key of the dump")
    given = parser.parse_args(arguments)
    try:
        if given.command == "clean":
            clean(given.keep_days)
        elif given.command == "backup":
            print(backup.write(os.environ.get(URL, ""), given.to, given.kms_key))
        else:
            print(f"{backup.restore(given.of, os.environ.get(URL, ''))} tables restored")
    except (MaintenanceError, backup.BackupError) as error:
        print(f"{given.command}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
