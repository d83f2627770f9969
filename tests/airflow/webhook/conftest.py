from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from webhook_service import PASSWORD, Webhook, running


@pytest.fixture(scope="module")
def webhook(tmp_path_factory: pytest.TempPathFactory, make_httpserver: HTTPServer) -> Iterator[Webhook]:
    with running(tmp_path_factory.mktemp("webhook"), make_httpserver.url_for("").rstrip("/")) as service:
        yield service


@pytest.fixture
def airflow_api(httpserver: HTTPServer) -> HTTPServer:
    """Serves the two requests of Airflow's API; its log has the requested runs."""
    httpserver.expect_request(
        "/auth/token", method="POST", json={"username": "webhook", "password": PASSWORD}
    ).respond_with_json({"access_token": "token-of-the-webhook"}, status=201)
    httpserver.expect_request(
        "/api/v2/dags/admin__import_dags/dagRuns", headers={"Authorization": "Bearer token-of-the-webhook"}
    ).respond_with_json({})
    return httpserver
