"""A dump of the metadata database in S3, and a database from a dump. Streamed: nothing is written to a disk."""

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

PIECE = 1024 * 1024
# What a URL of SQLAlchemy may have after the question mark, and libpq's variable for it.
OPTIONS = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "options": "PGOPTIONS"}


class BackupError(Exception):
    """One line."""


def write(url: str, to: str, kms_key: str | None = None) -> str:
    """Dumps the database at `url` below ``s3://bucket/prefix`` and returns the dump's own URL; raises BackupError."""
    bucket, prefix = _s3(to)
    name = f"airflow-{version}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump"
    key = f"{prefix.rstrip('/')}/{name}".lstrip("/")
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    with tempfile.TemporaryFile() as errors:
        dump = _start(["pg_dump", "--format=custom"], url, errors, stdout=subprocess.PIPE)
        try:
            boto3.client("s3").upload_fileobj(cast(IO[bytes], _Dump(dump, errors)), bucket, key, ExtraArgs=encryption)
        except (BotoCoreError, ClientError, boto3.exceptions.Boto3Error) as error:
            raise BackupError(
                f"s3://{bucket}/{key} cannot be written: {error}; see to the bucket and the role"
            ) from None
        finally:
            dump.kill()
            dump.wait()
    return f"s3://{bucket}/{key}"


def restore(of: str, url: str) -> int:
    """Fills the empty database at `url` from a dump, all or nothing; returns its number of tables. Raises BackupError."""
    bucket, key = _s3(of)
    if _tables(url):
        raise BackupError(f"the database {make_url(url).database} is not empty; make a new one and restore into that")
    try:
        body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
    except (BotoCoreError, ClientError) as error:
        raise BackupError(f"{of} cannot be read: {error}; see to its name and the role") from None
    command = ["pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    with tempfile.TemporaryFile() as errors:
        database = str(make_url(url).database)
        process = _start([*command, "--dbname", database], url, errors, stdin=subprocess.PIPE)
        assert process.stdin  # noqa: S101 - for the type checker
        try:
            for piece in body.iter_chunks(PIECE):
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it says why in a moment
        if process.wait():
            raise BackupError(_said("pg_restore", errors))
    return _tables(url)


class _Dump(io.BufferedIOBase):
    """pg_dump's output; its end is an error if pg_dump failed, so that half a dump is never taken for a whole one."""

    def __init__(self, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        self._process, self._errors = process, errors

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        assert self._process.stdout  # noqa: S101 - for the type checker
        piece = self._process.stdout.read(-1 if size is None else size)
        if not piece and self._process.wait():
            raise BackupError(_said("pg_dump", self._errors))
        return piece


def _start(command: list[str], url: str, errors: IO[bytes], **streams: Any) -> subprocess.Popen[bytes]:
    """The password goes by the environment: a command line is seen by everybody on the machine."""
    at = _url(url)
    given = {"PGHOST": at.host, "PGPORT": at.port, "PGUSER": at.username, "PGPASSWORD": at.password}
    given |= {"PGDATABASE": at.database, **{variable: at.query.get(name) for name, variable in OPTIONS.items()}}
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    environment |= {name: str(value) for name, value in given.items() if value}
    try:
        return subprocess.Popen(command, env=environment, stderr=errors, **{"stdin": subprocess.DEVNULL, **streams})
    except FileNotFoundError:
        raise BackupError(f"{command[0]} is missing; install PostgreSQL's client, of the server's version") from None


def _tables(url: str) -> int:
    import psycopg2

    dsn = _url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    question = (
        "select count(*) from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')"
    )
    try:
        connection = psycopg2.connect(dsn)
    except psycopg2.OperationalError as error:
        raise BackupError(f"the database does not answer: {_line(str(error))}; see to its URL") from None
    with connection, connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])


def _url(text: str) -> Any:
    try:
        url = make_url(text)
    except ArgumentError:
        raise BackupError("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN is no database's URL; set it") from None
    if url.get_backend_name() != "postgresql":
        raise BackupError(f"backups are of PostgreSQL, not of {url.get_backend_name()}; use that database's own")
    return url


def _s3(url: str) -> tuple[str, str]:
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise BackupError(f"{url!r} is no place in S3; write s3://bucket/…")
    return bucket, key


def _said(program: str, errors: IO[bytes]) -> str:
    errors.seek(0)
    return f"{program} failed: {_line(errors.read().decode(errors='replace'))}"


def _line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "it did not say why"
