"""Migration of the metadata database before the components start:

    python -m airflow_on_aws.database.migration migrate admin=ADMIN_PASSWORD
    python -m airflow_on_aws.database.migration wait

`migrate` has Airflow migrate the database, and creates missing users; their passwords are in the given variables. `wait`
ends when another process has migrated the database. Both end at once if there is nothing to do: without them, Airflow
would be started several times before each component to find that out, which takes four seconds each.

`wait` accepts a database that is newer than the installed Airflow: during a deployment a component starts with it as
the running components continue with it. `migrate` leaves such a database to Airflow, which reports the error.
"""

import logging
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from airflow_on_aws.logs.json_formatter import log_json_to_stdout
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

log = logging.getLogger("airflow_on_aws.database.migration")
URL = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
# Adds migrations that `installed_migrations` does not know.
MANAGERS = "AIRFLOW__DATABASE__EXTERNAL_DB_MANAGERS"
WAIT_SECONDS = 600.0
POLL_SECONDS = 1.0
CONNECT_SECONDS = 10
REVISION = re.compile(r"^(down_)?revision\b[^=\n]*=\s*[\"'](\w+)[\"']", re.MULTILINE)
# Polled: some migrations would wait for a statement that waits for a lock.
LOCKS = {
    "postgresql": text("select pg_try_advisory_lock(hashtext('airflow_on_aws'))"),
    "mysql": text("select get_lock('airflow_on_aws', 0)"),
}


@dataclass(frozen=True)
class Migrations:
    """Migrations of Airflow or of a provider; `table` stores the revision of the database."""

    table: str
    known: frozenset[str]
    head: frozenset[str]

    @classmethod
    def read(cls, folder: Path, table: str) -> "Migrations":
        """Parse the migration files, because importing them would import all of Airflow."""
        found = [match for file in folder.glob("*.py") for match in REVISION.findall(file.read_text())]
        known = frozenset(revision for down, revision in found if not down)
        return cls(table, known, known - {revision for down, revision in found if down})

    def current(self, database: Connection) -> set[str]:
        """Return the revision of the database, as a set; empty if it has never been migrated."""
        if not inspect(database).has_table(self.table):
            return set()
        return set(database.scalars(text(f"select version_num from {self.table}")))  # noqa: S608 - our own names


@cache
def airflow_folder() -> Path:
    """Return the folder of the installed Airflow."""
    spec = find_spec("airflow")
    if not (spec and spec.origin):
        raise FileNotFoundError("Airflow is not installed; install airflow/requirements.txt")
    return Path(spec.origin).parent


@cache
def installed_migrations() -> tuple[Migrations, ...]:
    """Return the migrations of Airflow and of the auth manager."""
    fab = Migrations.read(airflow_folder() / "providers/fab/migrations/versions", "alembic_version_fab")
    return Migrations.read(airflow_folder() / "migrations/versions", "alembic_version"), fab


def is_behind(database: Connection) -> bool:
    """Return True if the database is older than the installed Airflow."""
    return any(each.current(database) <= each.known - each.head for each in installed_migrations())


def is_migrated(database: Connection, environment: Mapping[str, str]) -> bool:
    """Return True if `airflow db migrate` has nothing to do; False if unknown."""
    if environment.get(MANAGERS) or len(list(airflow_folder().glob("providers/*/migrations"))) > 1:
        return False
    return all(each.current(database) == each.head for each in installed_migrations())


@contextmanager
def metadata_connection(environment: Mapping[str, str]) -> Iterator[Connection]:
    """Connect to the metadata database, without an open transaction between statements: it would block a migration.

    Raises ConnectionError.
    """
    timeout = {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(environment[URL], poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=timeout)
    try:
        database = engine.connect()
    except DBAPIError as error:
        raise ConnectionError(f"it does not answer: {_first_line(error)}") from None
    with database:
        yield database


def migrate(environment: Mapping[str, str], users: Mapping[str, str]) -> None:
    """Migrate the database if necessary, and create each of `users` that is missing and has a password."""
    with metadata_connection(environment) as database:
        # Airflow's own lock covers neither the first migration nor the creation of users.
        lock = LOCKS[database.dialect.name]
        while not database.scalar(lock):
            time.sleep(POLL_SECONDS)
        if not is_migrated(database, environment):
            run_airflow("db", "migrate")
        existing = set(database.scalars(text("select username from ab_user")))
        for name, password in users.items():
            if password and name not in existing:
                person = ("--firstname", "Platform", "--lastname", name, "--email", f"{name}@localhost")
                # As one argument with its option, because a password may begin with "-".
                run_airflow("users", "create", "--username", name, "--role", "Admin", *person, f"--password={password}")


def run_airflow(*command: str) -> None:
    """Run an `airflow` command in this process, so that the process list shows no password."""
    from airflow import configuration  # noqa: F401 - imported first, as Airflow's own entry point does
    from airflow.cli.cli_parser import get_parser

    arguments = get_parser().parse_args(command)
    arguments.func(arguments)


def wait_for_migration(environment: Mapping[str, str]) -> None:
    """Wait until the database is not older than the installed Airflow; raises TimeoutError."""
    end = time.monotonic() + WAIT_SECONDS
    reason = ""
    while time.monotonic() < end:
        before = reason
        try:
            with metadata_connection(environment) as database:
                if not is_behind(database):
                    return
            reason = "it is not migrated yet"
        except ConnectionError as error:
            reason = str(error)
        except DBAPIError as error:
            reason = _first_line(error)
        if reason != before:
            log.info("Waiting for the metadata database: %s", reason)
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"after {WAIT_SECONDS:.0f} s {reason}")


def _first_line(error: DBAPIError) -> str:
    """Return the driver's message without the statement and SQLAlchemy's links."""
    return str(error.orig).partition("\n")[0]


def main(command: str, *users: str) -> None:
    """Run `wait`, or `migrate` with users as name=VARIABLE."""
    if command == "wait":
        wait_for_migration(os.environ)
    else:
        variables = (user.partition("=") for user in users)
        migrate(os.environ, {name: os.environ.get(variable, "") for name, _, variable in variables})


if __name__ == "__main__":
    log_json_to_stdout(log)
    try:
        main(*sys.argv[1:])
    except (ConnectionError, TimeoutError) as error:
        log.critical("The metadata database is not ready: %s", error)
        sys.exit(1)
