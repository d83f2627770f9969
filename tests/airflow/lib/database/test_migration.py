"""What runs before each component, on a real PostgreSQL."""

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from airflow_on_aws.database import migration as prepared
from alembic.script import ScriptDirectory
from databases import URL, Database
from instance import Instance

MIGRATE = ("migrate", "admin=FIRST", "admin-dags=SECOND", "nobody=THIRD")
PASSWORDS = {"FIRST": "first-word-of-all", "SECOND": "-second-word-of-all", "THIRD": ""}
PACKAGE = prepared.airflow()


def run(environment: dict[str, str], *command: str, home: Path, code: int = 0) -> str:
    """What it prints, and which modules it imports."""
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
    """What two api-servers print that start at once, on an empty database."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda _: run(environment, *MIGRATE, home=airflow.home), range(2)))


def test_two_at_once_make_all_tables_and_users(first: list[str], database: Database) -> None:
    assert sorted(started_airflow(one) for one in first) == [False, True]
    assert users(database) == {"admin", "admin-dags"}
    assert database.rows().keys() >= {"dag_run", "ab_user", "alembic_version", "alembic_version_fab"}


def test_the_users_sign_in_with_their_passwords_which_are_printed_nowhere(first: list[str], database: Database) -> None:
    from werkzeug.security import check_password_hash

    stored = dict(database.do("select username, password from ab_user"))
    assert check_password_hash(stored["admin"], PASSWORDS["FIRST"])
    assert check_password_hash(stored["admin-dags"], PASSWORDS["SECOND"])
    logged = [extra or "" for (extra,) in database.do("select extra from log")]
    assert len(first) == 2
    assert logged
    assert [text for text in [*first, *logged] if "word-of-all" in text] == []


@pytest.mark.parametrize("command", [MIGRATE, ("wait",)], ids=["migrate", "wait"])
def test_where_there_is_nothing_to_do_airflow_is_not_started(
    first: list[str], environment: dict[str, str], airflow: Instance, command: tuple[str, ...]
) -> None:
    assert not started_airflow(run(environment, *command, home=airflow.home))


def test_a_user_that_is_missing_is_made_again(
    first: list[str], environment: dict[str, str], airflow: Instance, database: Database
) -> None:
    database.do("delete from ab_user_role where user_id = (select id from ab_user where username = 'admin-dags')")
    database.do("delete from ab_user where username = 'admin-dags'")
    run(environment, *MIGRATE, home=airflow.home)
    assert users(database) == {"admin", "admin-dags"}


def test_migrations_of_others_are_left_to_airflow(first: list[str], environment: dict[str, str]) -> None:
    with prepared.connected(environment) as connection:
        assert prepared.is_migrated(connection, environment)
        assert not prepared.is_migrated(connection, {**environment, prepared.MANAGERS: "company.Manager"})


@pytest.mark.parametrize("table", ["alembic_version", "alembic_version_fab"])
@pytest.mark.parametrize(
    ("revision", "waits"), [("older", True), ("newer", False), ("none", True)], ids=["older", "newer", "none"]
)
def test_older_tables_are_waited_for_and_newer_ones_are_not(
    first: list[str], environment: dict[str, str], database: Database, table: str, revision: str, waits: bool
) -> None:
    (migrations,) = (one for one in prepared.installed() if one.table == table)
    (head,) = migrations.head
    versions = {"older": min(migrations.known - migrations.head), "newer": "0" * 12}

    def has(*found: str) -> None:
        database.do(f"delete from {table}")  # noqa: S608
        for one in found:
            database.do(f"insert into {table} values (%s)", one)  # noqa: S608

    has(*([versions[revision]] if revision in versions else []))
    try:
        with prepared.connected(environment) as connection:
            assert prepared.is_behind(connection) is waits
            assert not prepared.is_migrated(connection, environment)
    finally:
        has(head)


def test_a_migration_that_fails_says_why(
    first: list[str], environment: dict[str, str], airflow: Instance, database: Database
) -> None:
    ((head,),) = database.do("select version_num from alembic_version")
    database.do("update alembic_version set version_num = '1234'")
    try:
        printed = run(environment, *MIGRATE, home=airflow.home, code=1)
    finally:
        database.do("update alembic_version set version_num = %s", head)
    assert "Can't locate revision identified by '1234'" in printed


def test_a_database_that_does_not_answer_is_one_line(environment: dict[str, str], airflow: Instance) -> None:
    at = Database(environment[URL]).at.set(port=1).render_as_string(hide_password=False)
    printed = run({**environment, URL: at}, *MIGRATE, home=airflow.home, code=1)
    lines = [line for line in printed.splitlines() if not line.startswith("import time:")]
    assert len(lines) == 1
    assert "The metadata database is not ready: it does not answer" in lines[0]


def test_a_wait_has_an_end(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "WAIT_SECONDS", 0.5)
    at = Database(environment[URL]).at.set(database="not_there").render_as_string(hide_password=False)
    with pytest.raises(TimeoutError, match='"not_there" does not exist'):
        prepared.wait({URL: at})


@pytest.mark.parametrize(
    ("position", "folder"), [(0, "migrations"), (1, "providers/fab/migrations")], ids=["airflow", "fab"]
)
def test_the_migrations_are_those_that_alembic_finds(position: int, folder: str) -> None:
    script = ScriptDirectory(str(PACKAGE / folder))
    found = prepared.installed()[position]
    assert set(script.get_heads()) == found.head
    assert {one.revision for one in script.walk_revisions()} == found.known
