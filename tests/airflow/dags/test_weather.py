import json

import boto3
import pytest
from databases import Database
from instance import Instance
from runs import run_dag
from sqlalchemy.engine import URL

DAY = "select * from observations where observed_at >= '2026-03-01 00:00Z' and observed_at < '2026-03-02 00:00Z' order by 2"


def test_the_weather_is_loaded_and_reported_and_a_second_run_changes_nothing(
    airflow: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = json.loads((airflow.home / "connections.json").read_text())
    at = {name: connections["weather_target"][name] for name in ("host", "port", "password")}
    url = URL.create("postgresql", username=connections["weather_target"]["login"], **at)
    target = Database(url.set(database=connections["weather_target"]["schema"]).render_as_string(hide_password=False))
    monkeypatch.setenv("AWS_CONFIG_FILE", airflow.environment["AWS_CONFIG_FILE"])
    s3, bucket = boto3.Session().client("s3"), "weather-files"

    assert run_dag(airflow, "weather__elt", {"day": "2026-03-01"}).state == "success"
    rows = target.do(DAY)
    assert len(rows) == 24
    target.do("update observations set temperature = 99")
    target.do("insert into observations values ('KSTL', '2026-02-28 12:00Z', 1, 1)")

    assert run_dag(airflow, "weather__elt", {"day": "2026-03-01"}).state == "success"
    assert target.do(DAY) == rows
    found = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert {"observations/KSTL/2026-03-01.json", "reports/KSTL/2026-03-01.html"} <= found
    report = s3.get_object(Bucket=bucket, Key="reports/KSTL/2026-03-01.html")["Body"].read().decode()
    assert "<td>2026-03-01</td><td>23</td>" in report
    assert "<td>2026-02-28</td><td>1</td><td>1.0</td>" in report, "another day's rows stay"
