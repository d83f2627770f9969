import asyncio
import ssl
import subprocess
import sys
from typing import Any

import pytest
from airflow_on_aws.database.async_engine import create_async_metadata_engine, translated
from databases import URL
from instance import Instance
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def answer(engine: AsyncEngine) -> Any:
    async def ask() -> Any:
        async with engine.connect() as connection:
            return (await connection.execute(text("select 1"))).scalar()

    return asyncio.run(ask())


def test_postgresql_answers_by_the_url_that_psycopg2_takes(airflow: Instance) -> None:
    sync = make_url(airflow.environment[URL]).update_query_dict({"sslmode": "prefer"})
    url = sync.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    with pytest.raises(TypeError, match="sslmode"):
        answer(create_async_engine(url))
    assert answer(create_async_metadata_engine(url, engine_args={"pool_size": 1}, connect_args={})) == 1


def test_tls_that_is_demanded_is_not_given_up(airflow: Instance) -> None:
    sync = make_url(airflow.environment[URL]).update_query_dict({"sslmode": "require"})
    url = sync.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    with pytest.raises(ConnectionError, match="rejected SSL upgrade"):
        answer(create_async_metadata_engine(url, engine_args={}, connect_args={}))


def test_mysql_is_reached_by_tls_and_nothing_else_is_lost() -> None:
    url, tls = translated(make_url("mysql+aiomysql://u:p@h:3306/airflow?charset=utf8mb4&ssl_mode=REQUIRED"))
    assert url.query == {"charset": "utf8mb4"}
    assert isinstance(tls["ssl"], ssl.SSLContext)
    assert tls["ssl"].verify_mode == ssl.CERT_NONE
    assert create_async_engine(url).driver == "aiomysql"


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:////tmp/x", "postgresql+asyncpg://u@h/d", "mysql+aiomysql://u@h/d"])
def test_what_says_nothing_of_tls_stays(url: str) -> None:
    assert translated(make_url(url)) == (make_url(url), {})


def test_airflow_uses_it(airflow: Instance) -> None:
    code = "from airflow import settings; print(settings.create_async_metadata_engine.__module__)"
    run = subprocess.run(
        [sys.executable, "-c", code], env=airflow.environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "airflow_on_aws.database.async_engine"
