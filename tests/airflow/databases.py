"""Additional databases in the PostgreSQL server that the test Airflow uses."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
from instance import Instance
from sqlalchemy.engine import make_url

URL = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


class Database:
    """A database; `url` is in Airflow's format."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.at = make_url(url)

    @classmethod
    @contextmanager
    def beside(cls, airflow: Instance, name: str) -> Iterator["Database"]:
        """Create an empty database, and drop it at the end."""
        first = cls(airflow.environment[URL])
        first.do(f"create database {name}")
        try:
            yield cls(first.at.set(database=name).render_as_string(hide_password=False))
        finally:
            first.do(f"drop database {name} with (force)")

    def do(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        dsn = self.at.set(drivername="postgresql").render_as_string(hide_password=False)
        with closing(psycopg2.connect(dsn)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []

    def rows(self) -> dict[str, int]:
        """Return the number of rows of each table."""
        tables = self.do("select table_name from information_schema.tables where table_schema = 'public'")
        return {name: self.do(f'select count(*) from "{name}"')[0][0] for (name,) in tables}  # noqa: S608
