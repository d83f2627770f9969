import json

import boto3
from databases import Database
from instance import Instance
from runs import run

DAY = "select * from observations where observed_at >= '2026-03-01 00:00Z' and observed_at < '2026-03-02 00:00Z' order by 2"


def test_the_weather_is_loaded_and_reported_and_a_second_run_changes_nothing(airflow: Instance) -> None:
    target = Database(airflow.environment["AIRFLOW_CONN_WEATHER_TARGET"])
    files = json.loads(airflow.environment["AIRFLOW_CONN_WEATHER_FILES"])
    where = {name: files["extra"][name] for name in ("endpoint_url", "region_name")}
    s3 = boto3.client("s3", aws_access_key_id=files["login"], aws_secret_access_key=files["password"], **where)
    bucket = files["extra"]["service_config"]["s3"]["bucket_name"]

    assert run(airflow, "weather__elt", {"day": "2026-03-01"}).state == "success"
    rows = target.do(DAY)
    assert len(rows) == 24
    target.do("update observations set temperature = 99")
    target.do("insert into observations values ('KSTL', '2026-02-28 12:00Z', 1, 1)")

    assert run(airflow, "weather__elt", {"day": "2026-03-01"}).state == "success"
    assert target.do(DAY) == rows
    found = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert {"observations/KSTL/2026-03-01.json", "reports/KSTL/2026-03-01.html"} <= found
    report = s3.get_object(Bucket=bucket, Key="reports/KSTL/2026-03-01.html")["Body"].read().decode()
    assert "<td>2026-03-01</td><td>23</td>" in report
    assert "<td>2026-02-28</td><td>1</td><td>1.0</td>" in report, "another day's rows stay"
