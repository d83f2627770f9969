"""IAM authentication for ElastiCache, with a local Redis over TLS."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from airflow_on_aws.celery import elasticache
from airflow_on_aws.celery.elasticache import IamToken
from botocore.exceptions import NoCredentialsError
from celery import Celery
from company import certificate, free_port
from redis.exceptions import AuthenticationError
from redis_server import Broker

USER = "airflow-dev-broker"
PROVIDER = "airflow_on_aws.celery.elasticache.IamToken"


@pytest.fixture(autouse=True)
def role(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_ON_AWS_BROKER", json.dumps({"cache": "airflow-dev", "user": USER}))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(elasticache.time, "monotonic", lambda: now[0])
    return now


def test_the_token_is_a_signed_request_without_its_scheme() -> None:
    user, token = IamToken().get_credentials()
    assert user == USER
    assert token.startswith("airflow-dev/?Action=connect&User=airflow-dev-broker&")
    query = parse_qs(urlsplit(f"//{token}").query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Credential"][0].endswith("/eu-central-1/elasticache/aws4_request")
    assert query["X-Amz-Expires"] == ["900"]
    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert query["X-Amz-Security-Token"] == ["session"]
    assert len(query["X-Amz-Signature"][0]) == 64


def test_a_token_is_cached_for_less_than_its_lifetime(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    tokens = iter(["first", "second"])
    monkeypatch.setattr(IamToken, "_sign", lambda _: next(tokens))
    provider = IamToken()
    assert provider.get_credentials()[1] == "first"
    clock[0] += 839
    assert provider.get_credentials()[1] == "first"
    clock[0] += 1
    assert provider.get_credentials()[1] == "second"


def test_a_failed_signature_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = iter([NoCredentialsError(), "token"])

    def sign(_: IamToken) -> str:
        token = next(tokens)
        if isinstance(token, Exception):
            raise token
        return token

    monkeypatch.setattr(IamToken, "_sign", sign)
    provider = IamToken()
    with pytest.raises(NoCredentialsError):
        provider.get_credentials()
    assert provider.get_credentials() == (USER, "token")


@dataclass
class Cache:
    """A Redis with TLS and an administrator who admits the user with a token."""

    broker: Broker
    url: str

    def admin(self) -> Any:
        return self.broker.client(host="localhost", ssl=True, ssl_cert_reqs="none", username="admin", password="admin")  # noqa: S106

    def let_in(self, token: str) -> None:
        """Admit the user with this token only, and close all connections."""
        rules = {"categories": ["+@all"], "keys": ["*"], "channels": ["*"]}
        self.admin().acl_setuser(USER, enabled=True, reset=True, passwords=[f"+{token}"], **rules)
        self.admin().client_kill_filter(_type="normal", skipme=True)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    certified, port = str(certificate(tmp_path)), free_port()
    tls = ("--tls-cert-file", certified, "--tls-key-file", certified, "--tls-auth-clients", "no")
    users = ("--user", "admin", "on", ">admin", "~*", "&*", "+@all", "--user", "default", "off")
    broker = Broker(tmp_path, port, ("--port", "0", "--tls-port", str(port), *tls, *users))
    try:
        broker.start()
        options = f"credential_provider={PROVIDER}&ssl_cert_reqs=required&ssl_ca_certs={certified}"
        yield Cache(broker, f"rediss://localhost:{port}/0?{options}")
    finally:
        broker.kill()


def test_broker_and_results_use_the_current_token(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    token = ["first"]
    monkeypatch.setattr(IamToken, "_sign", lambda _: token[0])
    app = Celery("test", broker=cache.url, backend=cache.url)
    cache.let_in("first")
    with app.connection() as connection:
        channel = connection.default_channel
        for number in ("first", "second"):
            token[0] = number
            cache.let_in(number)
            clock[0] += 840
            assert channel._create_client().acl_whoami() == USER
            app.backend.set("number", number)
            assert app.backend.client.acl_whoami() == USER
        cache.let_in("third")
        with pytest.raises(AuthenticationError):
            channel._create_client().ping()


def test_a_task_is_queued_with_a_real_token(cache: Cache) -> None:
    app = Celery("test", broker=cache.url, backend=cache.url)
    [provider] = {app.backend.connparams["credential_provider"]}
    cache.let_in(provider.get_credentials()[1])
    app.backend.set("one", "1")
    assert app.backend.get("one") == b"1"
