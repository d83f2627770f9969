"""Airflow's async sessions by TLS; config/airflow_local_settings.py hands this to Airflow, which asks for it by that name.

Airflow takes the URL of the metadata database and puts the name of an async driver into it. What the URL says of TLS stays as psycopg2
and mysqlclient spell it, and asyncpg and aiomysql refuse that with a TypeError when they are first used.
"""

import ssl
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def create_async_metadata_engine(
    sql_alchemy_conn_async: str, *, engine_args: dict[str, Any], connect_args: dict[str, Any]
) -> AsyncEngine:
    """As Airflow's own, but for TLS."""
    url, tls = translated(make_url(sql_alchemy_conn_async))
    return create_async_engine(url, connect_args={**tls, **connect_args}, **engine_args)


def translated(url: URL) -> tuple[URL, dict[str, Any]]:
    """The URL without what it says of TLS, and that in the words of the async driver."""
    driver = url.get_driver_name()
    if driver == "asyncpg" and "sslmode" in url.query:
        return url.difference_update_query(["sslmode"]), {"ssl": url.query["sslmode"]}
    if driver == "aiomysql" and url.query.get("ssl_mode") == "REQUIRED":
        # Encrypted, and as little verified as mysqlclient does it: the server has made its certificate itself.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return url.difference_update_query(["ssl_mode"]), {"ssl": context}
    return url, {}
