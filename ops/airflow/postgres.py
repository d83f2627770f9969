"""PostgreSQL of the Airflow of this machine: a server process on loopback, with its data in a folder of the checkout."""

import os
import pwd
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2  # type: ignore[import-untyped]
from psycopg2 import sql

from local_aws.ports import LOOPBACK
from ops.airflow.home import AirflowHome
from ops.errors import OpsError

# Debian and others install the server's programs outside of the PATH.
PROGRAM_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
UNPRIVILEGED = ("postgres", "nobody")


def find_program(name: str) -> str:
    """Return the path of a program of PostgreSQL, of the newest version; raises OpsError if it is not installed."""
    on_path = shutil.which(name)
    found = [Path(on_path)] if on_path else []
    for pattern in PROGRAM_FOLDERS:
        found += sorted(Path("/").glob(f"{pattern[1:]}/{name}"), key=lambda path: path.parent.parent.name)
    if not found:
        raise OpsError(
            f"PostgreSQL's server is missing ({name}): install it, on Debian with `apt-get install postgresql`"
        )
    return str(found[-1])


def start_server(home: AirflowHome) -> None:
    """Initialise the data folder if it is missing, and start the server; raises OpsError with the end of its log."""
    data, generated = home.database_folder, home.generated
    if not (data / "PG_VERSION").exists():
        _initialise(home)
    if _run("pg_ctl", "status", "--pgdata", str(data), check=False).returncode == 0:
        return
    settings = {
        "listen_addresses": LOOPBACK,
        "port": generated.database_port,
        "unix_socket_directories": "",
        # Speed is preferred to durability: this is development data.
        "synchronous_commit": "off",
        "max_connections": 200,
    }
    options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in settings.items())
    log = data / "server.log"
    started = _run("pg_ctl", "start", "--wait", "--pgdata", str(data), "--log", str(log), "-o", options, check=False)
    if started.returncode:
        last = log.read_text().strip().splitlines()[-1:] or [started.stderr.strip()]
        raise OpsError(f"PostgreSQL does not start on {LOOPBACK}:{generated.database_port}: {last[0]} (log: {log})")


def stop_server(home: AirflowHome) -> None:
    """Stop the server, if it is running."""
    if is_running(home):
        _run("pg_ctl", "stop", "--mode", "fast", "--wait", "--pgdata", str(home.database_folder), check=False)


def delete_data(home: AirflowHome) -> None:
    """Delete the data folder."""
    shutil.rmtree(home.database_folder, ignore_errors=True)


def create_database(home: AirflowHome, database: str) -> None:
    """Create a database, unless it exists."""
    generated = home.generated
    connection = ["--host", LOOPBACK, "--port", str(generated.database_port), "--username", "airflow"]
    password = {"PGPASSWORD": generated.database_password}
    created = _run("createdb", *connection, database, check=False, environment=password)
    if created.returncode and "already exists" not in created.stderr:
        raise OpsError(f"PostgreSQL cannot create the database {database}: {created.stderr.strip()}")


def create_owned_database(home: AirflowHome, database: str, password: str) -> None:
    """Create a database with an owner of the same name, unless they exist; set the owner's password."""
    with closing(_connect(home)) as connection, connection.cursor() as cursor:
        name = sql.Identifier(database)
        cursor.execute("select 1 from pg_roles where rolname = %s", (database,))
        verb = sql.SQL("alter" if cursor.fetchone() else "create")
        cursor.execute(sql.SQL("{} role {} login password {}").format(verb, name, sql.Literal(password)))
        cursor.execute("select 1 from pg_database where datname = %s", (database,))
        if not cursor.fetchone():
            cursor.execute(sql.SQL("create database {} owner {}").format(name, name))


def drop_database(home: AirflowHome, database: str) -> None:
    """Delete such a database and its owner, if they exist."""
    with closing(_connect(home)) as connection, connection.cursor() as cursor:
        name = sql.Identifier(database)
        cursor.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        cursor.execute(sql.SQL("drop role if exists {}").format(name))


def is_running(home: AirflowHome) -> bool:
    """Return whether the server is running."""
    return (home.database_folder / "postmaster.pid").exists()


def _connect(home: AirflowHome) -> Any:
    generated = home.generated
    connection = psycopg2.connect(
        host=LOOPBACK,
        port=generated.database_port,
        user="airflow",
        password=generated.database_password,
        dbname="postgres",
    )
    connection.autocommit = True
    return connection


def _initialise(home: AirflowHome) -> None:
    data = home.database_folder
    data.parent.mkdir(parents=True, exist_ok=True)
    data.mkdir(mode=0o700, exist_ok=True)
    password = data.with_suffix(".password")
    password.touch(mode=0o600)
    password.write_text(home.generated.database_password)
    if user := _server_user():
        for path in (data, password):
            os.chown(path, user.pw_uid, user.pw_gid)
    try:
        arguments = ["--username", "airflow", "--pwfile", str(password), "--auth", "scram-sha-256", "--no-sync"]
        _run("initdb", "--pgdata", str(data), "--encoding", "UTF8", "--locale", "C.UTF-8", *arguments)
    finally:
        password.unlink()


def _server_user() -> pwd.struct_passwd | None:
    """Return the user that runs PostgreSQL if this process runs as root, which PostgreSQL refuses."""
    if os.geteuid():
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in UNPRIVILEGED if name in known)


def _run(
    name: str, *arguments: str, check: bool = True, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    user = _server_user()
    done = subprocess.run(
        [find_program(name), *arguments],
        cwd="/",
        env={"PATH": os.defpath, "LANG": "C.UTF-8", **(environment or {})},
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL,
        # The server that pg_ctl starts would keep a pipe open.
        stdout=subprocess.DEVNULL if name == "pg_ctl" else subprocess.PIPE,
        stderr=subprocess.DEVNULL if name == "pg_ctl" else subprocess.PIPE,
        text=True,
        check=False,
    )
    if check and done.returncode:
        raise OpsError(f"{name} failed with {done.returncode}: {(done.stderr or '').strip().splitlines()[-1:]}")
    return done
