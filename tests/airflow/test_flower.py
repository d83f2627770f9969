"""Flower as a page of Airflow, for users with permission."""

import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError

import pytest
from company import AIRFLOW, Company, free_port, wait_for
from instance import Instance
from playwright.sync_api import Browser, expect
from redis_server import Broker

from tests.chromium import undisturbed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib"),  # of the company's provider
]
VIEWER = {"username": "flower-viewer", "password": "viewer", "email": "flower-viewer@example.org"}


@dataclass
class Site:
    """The company's api-server. It connects to `front`, which forwards to Flower."""

    airflow: Instance
    seen: str
    """The https URL for browsers."""
    front: "Front"

    def get(self, path: str, headers: dict[str, str], data: bytes | None = None) -> tuple[int, str, dict[str, str]]:
        """Return status, body and headers."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(self.airflow.url + path, data, headers), timeout=30) as answer:  # noqa: S310
                return answer.status, answer.read().decode(), dict(answer.headers)
        except HTTPError as refused:
            return refused.code, refused.read().decode(), dict(refused.headers)

    def signed_in(self, user: str = "admin", password: str | None = None) -> dict[str, str]:
        """Return the cookie that a browser would send."""
        return {"Cookie": f"_token={self.airflow.token(user, password)}; session=of-airflow"}


class Front(ThreadingHTTPServer):
    """Forwards requests and records their headers; with `away` it closes connections instead."""

    daemon_threads = True
    away = False
    target = ""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Pass)
        self.seen: list[dict[str, str]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Pass(BaseHTTPRequestHandler):
    server: Front

    def do_GET(self) -> None:
        self.server.seen.append({name.lower(): text for name, text in self.headers.items()})
        if self.server.away:
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(self.server.target + self.path, body, method=self.command)  # noqa: S310
        try:
            answer = opener.open(request)
        except HTTPError as refused:
            answer = refused
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Set-Cookie", "of=flower")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(answer.read())

    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing; `seen` has the requests."""


@contextmanager
def flower(folder: Path, ready: str, environment: dict[str, str], port: int) -> Iterator[None]:
    """Run Airflow's Flower."""
    printed = folder / "flower.log"
    command = [AIRFLOW, "celery", "flower", "--hostname", "127.0.0.1", "--port", str(port), "--url-prefix", "flower"]
    with printed.open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=output, stderr=output)
    try:
        wait_for(ready, process, printed)
        yield
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def site(airflow: Instance, company: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, front = tmp_path_factory.mktemp("flower"), Front(company.flower)
    broker, port = Broker(folder, free_port()), free_port()
    front.target = f"http://127.0.0.1:{port}"
    secret = ("DATABASE", "FERNET", "SECRET", "CONN_")
    environment = {name: text for name, text in airflow.environment.items() if not any(part in name for part in secret)}
    environment |= {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CELERY__BROKER_URL": broker.url,
        "AIRFLOW__CELERY__RESULT_BACKEND": broker.url,
        "AIRFLOW_HOME": str(folder),
        "FLOWER_UNAUTHENTICATED_API": "true",
    }
    with ExitStack() as running:
        running.callback(broker.kill)
        running.callback(front.shutdown)
        broker.start()
        running.enter_context(flower(folder, f"{front.target}/flower/healthcheck", environment, port))
        it = Site(company.instance(airflow), company.url, front)
        names = {"first_name": "Vera", "last_name": "Viewer", "roles": [{"name": "Viewer"}]}
        it.airflow.api("POST", "/auth/fab/v1/users", VIEWER | names)
        yield it


def test_an_anonymous_request_is_refused(site: Site) -> None:
    for headers in ({}, {"Cookie": "_token=forged.for.us"}):
        assert site.get("/flower/", headers)[0] in (401, 403)
    assert site.front.seen == []


def test_a_viewer_is_refused(site: Site) -> None:
    assert site.get("/flower/", site.signed_in(VIEWER["username"], VIEWER["password"]))[0] == 403
    assert site.front.seen == []


def test_an_admin_sees_flower_and_flower_gets_no_credentials(site: Site) -> None:
    status, body, headers = site.get("/flower/workers?json=1", site.signed_in())
    assert (status, body) == (200, '{"data": []}')
    assert not {"Set-Cookie", "Access-Control-Allow-Origin"} & headers.keys()
    bearer = {"Authorization": f"Bearer {site.airflow.token()}"}
    assert site.get("/flower/", bearer)[0] == 200
    assert site.front.seen
    assert [headers for headers in site.front.seen if {"cookie", "authorization"} & headers.keys()] == []


def test_flowers_buttons_work_but_not_from_other_sites(site: Site) -> None:
    path, data = "/flower/api/worker/pool/grow/celery@worker", b"n=1"
    origin = {"Origin": site.airflow.url}
    assert site.get(path, site.signed_in() | origin, data)[:2] == (404, "Unknown worker 'celery@worker'")
    assert site.get(path, site.signed_in() | {"Origin": "https://elsewhere.example"}, data)[0] == 403


def test_a_flower_outage_is_reported_in_one_sentence(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site.front, "away", True)
    status, body, _ = site.get("/flower/", site.signed_in())
    assert (status, body) == (502, "Flower does not answer; check that its service is running.")


def test_airflows_menu_links_to_flower(site: Site, browser: Browser) -> None:
    with browser.new_context() as context:
        context.add_cookies([{"name": "_token", "value": site.airflow.token(), "url": site.seen}])
        page = context.new_page()

        def from_menu() -> None:
            page.goto(site.seen)
            page.get_by_role("button", name="Admin").click()
            page.get_by_role("menuitem", name="Flower").click()
            expect(page.frame_locator("iframe").get_by_role("link", name="Broker")).to_be_visible(timeout=30_000)

        undisturbed(page, from_menu)
