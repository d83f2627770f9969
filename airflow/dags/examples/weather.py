"""
### Weather observations, from an HTTP API to a report

1. **fetch** asks the API (connection `weather_api`) for a day's observations and keeps the answer, as it is, as a work
   file in the project's bucket (`weather_files`).
2. **load** reads the file and replaces that day's rows in the target database (`weather_target`).
3. **report** writes a small page about the last days back into the bucket.

Every step can be run again, for any day: files are overwritten, a day's rows are replaced in one transaction.
The API is the one of the US National Weather Service, or any that answers the same. The station is the variable
`weather_station`. Started by hand, it takes yesterday, or the day that you give.
"""

import json
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

SCHEMA = """
create table if not exists observations (
    station text not null,
    observed_at timestamptz not null,
    temperature double precision,
    wind_speed double precision,
    primary key (station, observed_at)
)
"""
ROW = "<tr><td>{}</td><td>{}</td><td>{:.1f}</td><td>{:.1f}</td><td>{:.1f}</td></tr>"
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Weather at {station}</title>
<style>body {{ font-family: sans-serif; margin: 2rem }} td, th {{ padding: .2rem 1rem; text-align: right }}</style>
<h1>Weather at {station}</h1>
<table><tr><th>day</th><th>observations</th><th>lowest °C</th><th>mean °C</th><th>highest °C</th></tr>
{rows}
</table></html>
"""


@dag(
    dag_id="weather__elt",
    dag_display_name="Weather ELT",
    description="Weather observations: API, work file, database, report",
    doc_md=__doc__,
    tags=["weather", "example"],
    schedule="0 6 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params={"day": Param(None, type=["null", "string"], format="date", description="Default: the day before the run")},
    default_args={"owner": "weather-team", "retries": 2, "retry_delay": timedelta(seconds=30)},
)
def weather() -> None:
    """Passes on names of files, never their content."""

    @task
    def fetch() -> dict[str, str]:
        """The API's answer for one day, in the bucket."""
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook
        from airflow.providers.http.hooks.http import HttpHook
        from airflow.sdk import Variable

        day = _day()
        station = Variable.get("weather_station", default="KSTL")
        period = {"start": f"{day}T00:00:00Z", "end": f"{day + timedelta(days=1)}T00:00:00Z"}
        answer = HttpHook(method="GET", http_conn_id="weather_api").run(
            f"/stations/{station}/observations", data=period, headers={"User-Agent": "airflow-on-aws"}
        )
        key = f"observations/{station}/{day}.json"
        # Without a bucket's name, the hook takes the one in the connection.
        S3Hook(aws_conn_id="weather_files").load_string(answer.text, key=key, replace=True)
        print(f"{len(answer.json()['features'])} observations of {station} on {day}: {key}")
        return {"station": station, "day": str(day), "key": key}

    @task
    def load(fetched: dict[str, str]) -> dict[str, str]:
        """The file's observations, as the only rows of their day."""
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        station, day = fetched["station"], date.fromisoformat(fetched["day"])
        answer = json.loads(S3Hook(aws_conn_id="weather_files").read_key(fetched["key"]))
        rows = {row[1]: row for row in (_row(station, one["properties"]) for one in answer["features"])}
        with PostgresHook(postgres_conn_id="weather_target").get_conn() as connection, connection.cursor() as cursor:
            cursor.execute(SCHEMA)
            cursor.execute(
                "delete from observations where station = %s and observed_at >= %s and observed_at < %s",
                (station, _midnight(day), _midnight(day + timedelta(days=1))),
            )
            cursor.executemany("insert into observations values (%s, %s, %s, %s)", list(rows.values()))
        print(f"{len(rows)} rows for {station} on {day}")
        return fetched

    @task
    def report(loaded: dict[str, str]) -> str:
        """A page about the two weeks up to that day."""
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        station, day = loaded["station"], date.fromisoformat(loaded["day"])
        days = PostgresHook(postgres_conn_id="weather_target").get_records(
            """
            select (observed_at at time zone 'UTC')::date, count(*), min(temperature), avg(temperature), max(temperature)
            from observations
            where station = %s and temperature is not null and observed_at >= %s and observed_at < %s
            group by 1 order by 1 desc
            """,
            (station, _midnight(day - timedelta(days=13)), _midnight(day + timedelta(days=1))),
        )
        rows = "\n".join(ROW.format(*one) for one in days)
        page = PAGE.format(station=escape(station), rows=rows)
        key = f"reports/{station}/{day}.html"
        S3Hook(aws_conn_id="weather_files").load_string(page, key=key, replace=True)
        print(f"a report about {len(days)} days: {key}")
        return key

    report(load(fetch()))


def _day() -> date:
    """The day that the run is about. A run by hand may have no logical date, but always a time from which it is due."""
    context = get_current_context()
    if given := context["params"]["day"]:
        return date.fromisoformat(given)
    due: datetime = context["dag_run"].run_after
    return due.astimezone(UTC).date() - timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _row(station: str, properties: dict[str, Any]) -> tuple[str, datetime, float | None, float | None]:
    observed = datetime.fromisoformat(properties["timestamp"])
    return station, observed, properties["temperature"]["value"], properties["windSpeed"]["value"]


weather()
