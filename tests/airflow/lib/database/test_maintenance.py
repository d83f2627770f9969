import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow_on_aws.database import maintenance
from celery_instance import copy
from databases import URL, Database
from emulator import Aws
from instance import Instance

BUCKET = "airflow-backups"


@pytest.fixture
def bucket(aws: Aws) -> str:
    aws.client("s3").create_bucket(Bucket=BUCKET)
    return BUCKET


@pytest.fixture
def metadata(airflow: Instance, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A copy of Airflow's database without other writers, configured for the commands."""
    with Database.beside(airflow, "metadata") as database:
        copy(airflow.environment[URL], database)
        monkeypatch.setenv(URL, database.url)
        yield database


def dumps(aws: Aws, bucket: str) -> list[str]:
    return [one["Key"] for one in aws.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_backup_restores_every_row_into_another_database(
    airflow: Instance,
    metadata: Database,
    aws: Aws,
    bucket: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    there = metadata.rows()
    assert maintenance.main(["backup", f"s3://{bucket}/metadata/"]) == 0
    dump = capsys.readouterr().out.strip()
    assert dump.startswith(f"s3://{bucket}/metadata/airflow-3")
    with Database.beside(airflow, "restored") as restored:
        monkeypatch.setenv(URL, restored.url)
        assert maintenance.main(["restore", dump]) == 0
        assert restored.rows() == there
        assert there["ab_user"] >= 1
        capsys.readouterr()
        assert maintenance.main(["restore", dump]) == 1
        assert "the database restored is not empty" in capsys.readouterr().err


def test_a_failed_dump_leaves_no_backup(
    metadata: Database,
    aws: Aws,
    bucket: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    there = dumps(aws, bucket)
    dies = tmp_path / "pg_dump"
    dies.write_text(
        "#!/bin/sh\nhead -c 20000000 /dev/zero\necho 'pg_dump: error: server closed the connection' >&2\nexit 1\n"
    )
    dies.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert maintenance.main(["backup", f"s3://{bucket}"]) == 1
    assert capsys.readouterr().err == "backup: pg_dump failed: pg_dump: error: server closed the connection\n"
    assert dumps(aws, bucket) == there
    assert not aws.client("s3").list_multipart_uploads(Bucket=bucket).get("Uploads")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("sqlite:////tmp/airflow.db", "backup supports PostgreSQL, not sqlite"),
        ("", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN is not a database URL"),
        ("postgresql://me:pass-word@127.0.0.1:1/airflow", "Connection refused"),
    ],
)
def test_a_failed_backup_is_reported_on_one_line_without_the_password(
    aws: Aws, bucket: str, url: str, what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(URL, url)
    assert maintenance.main(["backup", f"s3://{bucket}"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert what in line
    assert "pass-word" not in line


def test_clean_deletes_only_older_rows(airflow: Instance, metadata: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in airflow.environment.items():
        monkeypatch.setenv(name, text)
    for event, days in (("test-old", 100), ("test-new", 80)):
        metadata.do("insert into log (dttm, event) values (now() - %s * interval '1 day', %s)", days, event)
    # As in a task, from which Airflow removes the URL.
    monkeypatch.setenv(maintenance.TASK_URL, metadata.url)
    monkeypatch.setenv(URL, "airflow-db-not-allowed:///")
    maintenance.run_from_task("clean", "--keep-days", "90")
    assert metadata.do("select event from log where event like 'test-%%'") == [("test-new",)]


def test_a_task_without_database_access_refers_to_the_documentation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(maintenance.TASK_URL, raising=False)
    with pytest.raises(maintenance.MaintenanceError, match="docs/how-to/maintenance"):
        maintenance.run_from_task("clean")
