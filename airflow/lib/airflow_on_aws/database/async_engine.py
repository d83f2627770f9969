"""Async sessions over TLS. config/airflow_local_settings.py exports the function, and Airflow calls it by its name.

Airflow replaces the driver in the metadata database's URL by an async driver, but keeps the TLS options in the
spelling of psycopg2 and mysqlclient. asyncpg and aiomysql reject these with a TypeError on the first connection.
"""

import ssl
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


def create_async_metadata_engine(
    sql_alchemy_conn_async: str, *, engine_args: dict[str, Any], connect_args: dict[str, Any]
) -> AsyncEngine:
    """Create the engine as Airflow does, with translated TLS options."""
    url, tls = translate_tls(make_url(sql_alchemy_conn_async))
    return create_async_engine(url, connect_args={**tls, **connect_args}, **engine_args)


def translate_tls(url: URL) -> tuple[URL, dict[str, Any]]:
    """Return the URL without TLS options, and these options as the async driver's connect arguments."""
    driver = url.get_driver_name()
    if driver == "asyncpg" and "sslmode" in url.query:
        return url.difference_update_query(["sslmode"]), {"ssl": url.query["sslmode"]}
    if driver == "aiomysql" and url.query.get("ssl_mode") == "REQUIRED":
        # Encrypted but not verified, as mysqlclient does with REQUIRED: the server's certificate is self-signed.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return url.difference_update_query(["ssl_mode"]), {"ssl": context}
    return url, {}
