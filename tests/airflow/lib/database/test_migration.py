"""Migration before each component, on a real PostgreSQL."""

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from airflow_on_aws.database import migration
from alembic.script import ScriptDirectory
from databases import URL, Database
from instance import Instance

MIGRATE = ("migrate", "admin=FIRST", "admin-dags=SECOND", "nobody=THIRD")
PASSWORDS = {"FIRST": "first-word-of-all", "SECOND": "-second-word-of-all", "THIRD": ""}
PACKAGE = migration.airflow_folder()


def run_migration(environment: dict[str, str], *command: str, home: Path, code: int = 0) -> str:
    """Run the command; return its output and the modules that it imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "airflow_on_aws.database.migration", *command],
        env={**environment, **PASSWORDS},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def started_airflow(printed: str) -> bool:
    return re.search(r"\| +airflow\.settings$", printed, re.MULTILINE) is not None


def users(database: Database) -> set[str]:
    return {name for (name,) in database.do("select username from ab_user")}


@pytest.fixture(scope="module")
def database(airflow: Instance) -> Iterator[Database]:
    with Database.beside(airflow, "prepared") as database:
        yield database


@pytest.fixture(scope="module")
def environment(airflow: Instance, database: Database) -> dict[str, str]:
    return {**airflow.environment, URL: database.url}


@pytest.fixture(scope="module")
def first(environment: dict[str, str], airflow: Instance) -> list[str]:
    """Output of two api-servers that start at the same time on an empty database."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda _: run_migration(environment, *MIGRATE, home=airflow.home), range(2)))


def test_two_concurrent_migrations_create_all_tables_and_users(first: list[str], database: Database) -> None:
    assert sorted(started_airflow(one) for one in first) == [False, True]
    assert users(database) == {"admin", "admin-dags"}
    assert database.rows().keys() >= {"dag_run", "ab_user", "alembic_version", "alembic_version_fab"}


def test_passwords_are_stored_for_the_users_and_printed_nowhere(first: list[str], database: Database) -> None:
    from werkzeug.security import check_password_hash

    stored = dict(database.do("select username, password from ab_user"))
    assert check_password_hash(stored["admin"], PASSWORDS["FIRST"])
    assert check_password_hash(stored["admin-dags"], PASSWORDS["SECOND"])
    logged = [extra or "" for (extra,) in database.do("select extra from log")]
    assert len(first) == 2
    assert logged
    assert [text for text in [*first, *logged] if "word-of-all" in text] == []


@pytest.mark.parametrize("command", [MIGRATE, ("wait",)], ids=["migrate", "wait"])
def test_without_work_airflow_is_not_started(
    first: list[str], environment: dict[str, str], airflow: Instance, command: tuple[str, ...]
) -> None:
    assert not started_airflow(run_migration(environment, *command, home=airflow.home))


def test_a_missing_user_is_created(
    first: list[str], environment: dict[str, str], airflow: Instance, database: Database
) -> None:
    database.do("delete from ab_user_role where user_id = (select id from ab_user where username = 'admin-dags')")
    database.do("delete from ab_user where username = 'admin-dags'")
    run_migration(environment, *MIGRATE, home=airflow.home)
    assert users(database) == {"admin", "admin-dags"}


def test_external_migrations_are_left_to_airflow(first: list[str], environment: dict[str, str]) -> None:
    with migration.metadata_connection(environment) as connection:
        assert migration.is_migrated(connection, environment)
        assert not migration.is_migrated(connection, {**environment, migration.MANAGERS: "company.Manager"})


@pytest.mark.parametrize("table", ["alembic_version", "alembic_version_fab"])
@pytest.mark.parametrize(
    ("revision", "waits"), [("older", True), ("newer", False), ("none", True)], ids=["older", "newer", "none"]
)
def test_wait_ends_for_a_newer_database_but_not_for_an_older_database(
    first: list[str], environment: dict[str, str], database: Database, table: str, revision: str, waits: bool
) -> None:
    (migrations,) = (one for one in migration.installed_migrations() if one.table == table)
    (head,) = migrations.head
    versions = {"older": min(migrations.known - migrations.head), "newer": "0" * 12}

    def has(*found: str) -> None:
        database.do(f"delete from {table}")  # noqa: S608
        for one in found:
            database.do(f"insert into {table} values (%s)", one)  # noqa: S608

    has(*([versions[revision]] if revision in versions else []))
    try:
        with migration.metadata_connection(environment) as connection:
            assert migration.is_behind(connection) is waits
            assert not migration.is_migrated(connection, environment)
    finally:
        has(head)


def test_a_failed_migration_reports_the_reason(
    first: list[str], environment: dict[str, str], airflow: Instance, database: Database
) -> None:
    ((head,),) = database.do("select version_num from alembic_version")
    database.do("update alembic_version set version_num = '1234'")
    try:
        printed = run_migration(environment, *MIGRATE, home=airflow.home, code=1)
    finally:
        database.do("update alembic_version set version_num = %s", head)
    assert "Can't locate revision identified by '1234'" in printed


def test_an_unreachable_database_is_reported_on_one_line(environment: dict[str, str], airflow: Instance) -> None:
    at = Database(environment[URL]).at.set(port=1).render_as_string(hide_password=False)
    printed = run_migration({**environment, URL: at}, *MIGRATE, home=airflow.home, code=1)
    lines = [line for line in printed.splitlines() if not line.startswith("import time:")]
    assert len(lines) == 1
    assert "The metadata database is not ready: it does not answer" in lines[0]


def test_wait_has_a_timeout(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "WAIT_SECONDS", 0.5)
    at = Database(environment[URL]).at.set(database="not_there").render_as_string(hide_password=False)
    with pytest.raises(TimeoutError, match='"not_there" does not exist'):
        migration.wait_for_migration({URL: at})


@pytest.mark.parametrize(
    ("position", "folder"), [(0, "migrations"), (1, "providers/fab/migrations")], ids=["airflow", "fab"]
)
def test_the_parsed_migrations_match_alembics(position: int, folder: str) -> None:
    script = ScriptDirectory(str(PACKAGE / folder))
    found = migration.installed_migrations()[position]
    assert set(script.get_heads()) == found.head
    assert {one.revision for one in script.walk_revisions()} == found.known
