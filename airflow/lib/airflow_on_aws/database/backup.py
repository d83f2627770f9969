"""Backup of the metadata database to S3, and restore. Both are streamed: nothing is written to disk."""

import io
import os
import subprocess
import tempfile
from datetime import UTC, datetime
from typing import IO, Any, cast

import boto3
from airflow.version import version
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

CHUNK = 1024 * 1024  # bytes
# Query options of SQLAlchemy's URL, and libpq's variables for them.
OPTIONS = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "options": "PGOPTIONS"}


class BackupError(Exception):
    """Failed backup or restore, on one line."""


def dump_to_s3(url: str, destination: str, kms_key: str | None = None) -> str:
    """Dump the database at `url` to a new object below ``s3://bucket/prefix``; return its URL. Raises BackupError."""
    bucket, prefix = _parse_s3_url(destination)
    name = f"airflow-{version}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump"
    key = f"{prefix.rstrip('/')}/{name}".lstrip("/")
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    with tempfile.TemporaryFile() as errors:
        process = _start(["pg_dump", "--format=custom"], url, errors, stdout=subprocess.PIPE)
        try:
            dump = cast(IO[bytes], _DumpStream(process, errors))
            boto3.client("s3").upload_fileobj(dump, bucket, key, ExtraArgs=encryption)
        except (BotoCoreError, ClientError, boto3.exceptions.Boto3Error) as error:
            raise BackupError(f"cannot write s3://{bucket}/{key}: {error}; check the bucket and the role") from None
        finally:
            process.kill()
            process.wait()
    return f"s3://{bucket}/{key}"


def restore_from_s3(source: str, url: str) -> int:
    """Restore a dump into the empty database at `url` in one transaction; return the number of tables.

    Raises BackupError.
    """
    bucket, key = _parse_s3_url(source)
    if _count_tables(url):
        raise BackupError(f"the database {make_url(url).database} is not empty; restore into a new database")
    try:
        body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
    except (BotoCoreError, ClientError) as error:
        raise BackupError(f"cannot read {source}: {error}; check its name and the role") from None
    command = ["pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    with tempfile.TemporaryFile() as errors:
        database = str(make_url(url).database)
        process = _start([*command, "--dbname", database], url, errors, stdin=subprocess.PIPE)
        assert process.stdin  # noqa: S101 - for the type checker
        try:
            for chunk in body.iter_chunks(CHUNK):
                process.stdin.write(chunk)
            process.stdin.close()
        except BrokenPipeError:
            pass  # pg_restore has failed; its exit code and message follow
        if process.wait():
            raise BackupError(_failure("pg_restore", errors))
    return _count_tables(url)


class _DumpStream(io.BufferedIOBase):
    """Output of pg_dump. Raises at its end if pg_dump failed, so that no incomplete dump is stored."""

    def __init__(self, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        self._process, self._errors = process, errors

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        assert self._process.stdout  # noqa: S101 - for the type checker
        chunk = self._process.stdout.read(-1 if size is None else size)
        if not chunk and self._process.wait():
            raise BackupError(_failure("pg_dump", self._errors))
        return chunk


def _start(command: list[str], url: str, errors: IO[bytes], **streams: Any) -> subprocess.Popen[bytes]:
    """Start a PostgreSQL client. The password is an environment variable: every user can read command lines."""
    server = _parse_database_url(url)
    values = {"PGHOST": server.host, "PGPORT": server.port, "PGUSER": server.username, "PGPASSWORD": server.password}
    values |= {"PGDATABASE": server.database, **{name: server.query.get(option) for option, name in OPTIONS.items()}}
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    environment |= {name: str(value) for name, value in values.items() if value}
    try:
        return subprocess.Popen(command, env=environment, stderr=errors, **{"stdin": subprocess.DEVNULL, **streams})
    except FileNotFoundError:
        raise BackupError(
            f"{command[0]} is not installed; install PostgreSQL's client in the server's version"
        ) from None


def _count_tables(url: str) -> int:
    import psycopg2

    dsn = _parse_database_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    query = (
        "select count(*) from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')"
    )
    try:
        connection = psycopg2.connect(dsn)
    except psycopg2.OperationalError as error:
        raise BackupError(f"the database does not answer: {_first_line(str(error))}; check its URL") from None
    with connection, connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def _parse_database_url(text: str) -> Any:
    try:
        url = make_url(text)
    except ArgumentError:
        raise BackupError("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN is not a database URL; set it") from None
    if url.get_backend_name() != "postgresql":
        raise BackupError(f"backup supports PostgreSQL, not {url.get_backend_name()}; use that database's own tools")
    return url


def _parse_s3_url(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise BackupError(f"{url!r} is not an S3 URL; write s3://bucket/…")
    return bucket, key


def _failure(program: str, errors: IO[bytes]) -> str:
    errors.seek(0)
    return f"{program} failed: {_first_line(errors.read().decode(errors='replace'))}"


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "no error message"
