import asyncio
import ssl
import subprocess
import sys
from typing import Any

import pytest
from airflow_on_aws.database.async_engine import create_async_metadata_engine, translate_tls
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


def test_asyncpg_accepts_the_translated_url_of_psycopg2(airflow: Instance) -> None:
    sync = make_url(airflow.environment[URL]).update_query_dict({"sslmode": "prefer"})
    url = sync.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    with pytest.raises(TypeError, match="sslmode"):
        answer(create_async_engine(url))
    assert answer(create_async_metadata_engine(url, engine_args={"pool_size": 1}, connect_args={})) == 1


def test_required_tls_stays_required(airflow: Instance) -> None:
    sync = make_url(airflow.environment[URL]).update_query_dict({"sslmode": "require"})
    url = sync.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    with pytest.raises(ConnectionError, match="rejected SSL upgrade"):
        answer(create_async_metadata_engine(url, engine_args={}, connect_args={}))


def test_mysql_uses_tls_and_keeps_its_other_options() -> None:
    url, tls = translate_tls(make_url("mysql+aiomysql://u:p@h:3306/airflow?charset=utf8mb4&ssl_mode=REQUIRED"))
    assert url.query == {"charset": "utf8mb4"}
    assert isinstance(tls["ssl"], ssl.SSLContext)
    assert tls["ssl"].verify_mode == ssl.CERT_NONE
    assert create_async_engine(url).driver == "aiomysql"


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:////tmp/x", "postgresql+asyncpg://u@h/d", "mysql+aiomysql://u@h/d"])
def test_a_url_without_tls_options_is_unchanged(url: str) -> None:
    assert translate_tls(make_url(url)) == (make_url(url), {})


def test_airflow_uses_our_async_engine(airflow: Instance) -> None:
    code = "from airflow import settings; print(settings.create_async_metadata_engine.__module__)"
    run = subprocess.run(
        [sys.executable, "-c", code], env=airflow.environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "airflow_on_aws.database.async_engine"
