"""The metadata database becomes what the installed Airflow wants, before a component starts:

    python -m airflow_on_aws.database.migration migrate admin=ADMIN_PASSWORD
    python -m airflow_on_aws.database.migration wait

`migrate` has Airflow migrate it, and make those users that are missing; their passwords are in the variables named.
`wait` ends when that is done, by somebody else. Where there is nothing to do both end at once: a start of Airflow, which
takes four seconds, is what finds that out otherwise, several times before each start of a component.

A database that is newer than the installed Airflow does not keep `wait` waiting: during a deploy, the component that it
is for goes on as those do that run already. `migrate` leaves it to Airflow to say what is wrong.
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

from airflow_on_aws.logs.json_formatter import configure
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

log = logging.getLogger("airflow_on_aws.database.migration")
URL = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
# More migrations than `installed` knows of.
MANAGERS = "AIRFLOW__DATABASE__EXTERNAL_DB_MANAGERS"
WAIT_SECONDS = 600.0
EVERY_SECONDS = 1.0
CONNECT_SECONDS = 10
REVISION = re.compile(r"^(down_)?revision\b[^=\n]*=\s*[\"'](\w+)[\"']", re.MULTILINE)
# Asked for again and again: a statement that waits for a lock would itself be waited for by some migrations.
LOCKS = {
    "postgresql": text("select pg_try_advisory_lock(hashtext('airflow_on_aws'))"),
    "mysql": text("select get_lock('airflow_on_aws', 0)"),
}


@dataclass(frozen=True)
class Migrations:
    """Those of Airflow or of a provider; `table` keeps which one the database has."""

    table: str
    known: frozenset[str]
    head: frozenset[str]

    @classmethod
    def below(cls, folder: Path, table: str) -> "Migrations":
        """From the files, as importing them takes a whole Airflow."""
        found = [match for file in folder.glob("*.py") for match in REVISION.findall(file.read_text())]
        known = frozenset(revision for down, revision in found if not down)
        return cls(table, known, known - {revision for down, revision in found if down})

    def current(self, database: Connection) -> set[str]:
        """What the database has; nothing if it has never been migrated."""
        if not inspect(database).has_table(self.table):
            return set()
        return set(database.scalars(text(f"select version_num from {self.table}")))  # noqa: S608 - our own names


@cache
def airflow() -> Path:
    """Where Airflow is installed."""
    spec = find_spec("airflow")
    if not (spec and spec.origin):
        raise FileNotFoundError("Airflow is not installed: install airflow/requirements.txt")
    return Path(spec.origin).parent


@cache
def installed() -> tuple[Migrations, ...]:
    """Airflow's own migrations, and those of the auth manager."""
    fab = Migrations.below(airflow() / "providers/fab/migrations/versions", "alembic_version_fab")
    return Migrations.below(airflow() / "migrations/versions", "alembic_version"), fab


def is_behind(database: Connection) -> bool:
    """Whether there is something to wait for."""
    return any(one.current(database) <= one.known - one.head for one in installed())


def is_migrated(database: Connection, environment: Mapping[str, str]) -> bool:
    """Whether Airflow's `db migrate` has nothing to do; where that is not known, it has."""
    if environment.get(MANAGERS) or len(list(airflow().glob("providers/*/migrations"))) > 1:
        return False
    return all(one.current(database) == one.head for one in installed())


@contextmanager
def connected(environment: Mapping[str, str]) -> Iterator[Connection]:
    """To the metadata database, with nothing open between two statements: that would keep a migration waiting.

    Raises ConnectionError.
    """
    patience = {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(environment[URL], poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=patience)
    try:
        database = engine.connect()
    except DBAPIError as error:
        raise ConnectionError(f"it does not answer: {_first_line(error)}") from None
    with database:
        yield database


def migrate(environment: Mapping[str, str], users: Mapping[str, str]) -> None:
    """Airflow's `db migrate`, and `users create` for each of `users` with a password, where they have something to do."""
    with connected(environment) as database:
        # Airflow's own lock is over the migration, and not over the first one, nor over making users.
        lock = LOCKS[database.dialect.name]
        while not database.scalar(lock):
            time.sleep(EVERY_SECONDS)
        if not is_migrated(database, environment):
            run("db", "migrate")
        there = set(database.scalars(text("select username from ab_user")))
        for name, password in users.items():
            if password and name not in there:
                who = ("--firstname", "Platform", "--lastname", name, "--email", f"{name}@localhost")
                # In one word with its option: a password may begin with "-".
                run("users", "create", "--username", name, "--role", "Admin", *who, f"--password={password}")


def run(*command: str) -> None:
    """A command of Airflow's in this process, so that no list of processes shows a password; raises what it raises."""
    from airflow import configuration  # noqa: F401 - first, as Airflow's own start has it
    from airflow.cli.cli_parser import get_parser

    arguments = get_parser().parse_args(command)
    arguments.func(arguments)


def wait(environment: Mapping[str, str]) -> None:
    """Until nothing is behind; raises TimeoutError."""
    end = time.monotonic() + WAIT_SECONDS
    reason = ""
    while time.monotonic() < end:
        before = reason
        try:
            with connected(environment) as database:
                if not is_behind(database):
                    return
            reason = "it is not migrated yet"
        except ConnectionError as error:
            reason = str(error)
        except DBAPIError as error:
            reason = _first_line(error)
        if reason != before:
            log.info("Waiting for the metadata database: %s", reason)
        time.sleep(EVERY_SECONDS)
    raise TimeoutError(f"after {WAIT_SECONDS:.0f} s {reason}")


def _first_line(error: DBAPIError) -> str:
    """Without the statement, and without SQLAlchemy's own advice."""
    return str(error.orig).partition("\n")[0]


def main(command: str, *users: str) -> None:
    """One of the two commands; each of `users` is name=VARIABLE."""
    if command == "wait":
        wait(os.environ)
    else:
        variables = (user.partition("=") for user in users)
        migrate(os.environ, {name: os.environ.get(variable, "") for name, _, variable in variables})


if __name__ == "__main__":
    configure(log)
    try:
        main(*sys.argv[1:])
    except (ConnectionError, TimeoutError) as error:
        log.critical("The metadata database is not ready: %s", error)
        sys.exit(1)
