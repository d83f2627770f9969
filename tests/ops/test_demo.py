import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from configuration.image import save_image
from local_aws import containers, engine
from local_aws.state import LocalAws
from ops import demo
from ops.airflow.api import Api
from ops.errors import OpsError
from ops.stacks import selection
from ops.terraform.deployment import Deployment


def started(running: LocalAws, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines that the demo prints about a local AWS that it finds or starts."""
    monkeypatch.setattr("local_aws.server.start", lambda root: running)
    monkeypatch.setattr("local_aws.server.running", lambda root: running)
    output = StringIO()
    demo._start(selection.environment("local"), Console(file=output, width=200))
    return output.getvalue().splitlines()


@pytest.mark.parametrize(
    ("remembered", "said"), [("another start", True), ("this start", False), (None, False), ("not JSON", False)]
)
def test_the_demo_reports_a_local_aws_that_lost_the_last_deploy_in_a_restart(
    remembered: str | None, said: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "deployed.json"
    if remembered:
        file.write_text("{" if remembered == "not JSON" else json.dumps({"run_id": remembered}))
    running = LocalAws("http://127.0.0.1:1", 1, 1, "now", "this start", containers=False)
    monkeypatch.setattr(demo, "_DEPLOYED", file)
    output = "\n".join(started(running, monkeypatch))
    assert ("was restarted since the last deploy and has forgotten it: building it again" in output) == said


@pytest.mark.parametrize(
    ("why_not", "said"),
    [
        ("", "containers run"),
        (engine.NO_ENGINE, "control plane only: recorded, but no containers run (no container engine)"),
        ("[::1] is not ours", "control plane only: recorded, but no containers run ([::1] is not ours)"),
    ],
)
def test_the_demo_reports_whether_containers_run_or_why_not(
    why_not: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = LocalAws("http://127.0.0.1:1", 1, 1, "now", "run", not why_not, why_not)
    assert started(running, monkeypatch)[-1] == f"  {said}"


@pytest.fixture
def engine_of_root(tmp_path: Path) -> Iterator[str]:
    """Address of an engine that only root may use."""
    address = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        address.chmod(0)
        listening.listen()
        yield f"unix://{address}"


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Run as an ordinary user, because root may use any socket."""
    import docker  # type: ignore[import-untyped]  # noqa: F401 - its files may be forbidden to others

    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


def test_an_engine_without_permission_is_reported_as_such(
    engine_of_root: str, ordinary_user: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine_of_root)
    host, why_not = containers.find_engine()
    assert host == ""
    said = started(LocalAws("http://127.0.0.1:1", 1, 1, "now", "run", bool(host), why_not), monkeypatch)[-1]
    remedy = f"no permission to use the container engine at {engine_of_root}: add yourself to its group (docker)"
    assert said == f"  control plane only: recorded, but no containers run ({remedy})"


@pytest.mark.parametrize(
    ("result", "took"), [("anything", "  0 s"), (Deployment(41, {"added": 3}), "  3 added (41 s)")]
)
def test_each_stage_prints_its_duration(result: object, took: str) -> None:
    output = StringIO()
    assert demo._stage(Console(file=output, width=200), "image", lambda: result) is result
    assert output.getvalue().splitlines() == ["image", took]


def test_down_deletes_the_recorded_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "local").mkdir()
    save_image(tmp_path / "local", "sha256:" + "ab" * 32, "tag", "3.3.2")
    monkeypatch.setattr(demo, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(demo, "_DEPLOYED", tmp_path / "deployed.json")
    monkeypatch.setattr("local_aws.server.running", lambda root: None)
    demo.down(Console(file=StringIO()))
    assert list((tmp_path / "local").iterdir()) == []


def states(**changed: str | None) -> dict[str, Any]:
    well = dict.fromkeys(("metadatabase", "scheduler", "triggerer", "dag_processor"), "healthy")
    return {name: {"status": status} for name, status in (well | changed).items()}


class Airflow(BaseHTTPRequestHandler):
    """Airflow that starts: first no target behind the load balancer, then one component after the other."""

    answers: list[tuple[int, dict[str, Any]]]
    asked: list[tuple[str, str | None, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Host"], self.headers["Authorization"]))
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setattr(demo, "POLL_SECONDS", 0.01)
    Airflow.answers, Airflow.asked = [], []
    with ThreadingHTTPServer(("127.0.0.1", 0), Airflow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Api(f"http://127.0.0.1:{server.server_port}", "", host="airflow-local-entry.alb.localhost:1")
        server.shutdown()


def test_the_demo_waits_until_airflow_is_healthy_and_prints_what_that_does_not_prove(airflow: Api) -> None:
    coming = states(triggerer=None)
    del coming["dag_processor"]
    Airflow.answers = [(503, {}), (200, coming), (200, states(scheduler="unhealthy")), (200, states())]
    output = StringIO()
    demo._until_healthy(airflow, Console(file=output, width=200))
    assert Airflow.asked == [("/api/v2/monitor/health", "airflow-local-entry.alb.localhost:1", None)] * 4
    assert output.getvalue().splitlines() == [
        "  healthy, says Airflow of itself: metadatabase, scheduler, triggerer, dag_processor",
        "  not shown by this: the local AWS enforces no IAM policy and no security group, and its load balancer's health "
        "checks are a patch of ours (docs/decisions/0004-local-aws.md)",
    ]


def test_an_unhealthy_airflow_is_an_error_that_names_ops_explain(airflow: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "time", SimpleNamespace(monotonic=count(0, 0.1).__next__, sleep=lambda seconds: None))
    monkeypatch.setattr(demo, "HEALTHY_WITHIN", 0.3)
    Airflow.answers = [(200, states(scheduler="unhealthy", triggerer=None))]
    with pytest.raises(OpsError) as refused:
        demo._until_healthy(airflow, Console(file=StringIO()))
    assert "(scheduler unhealthy, triggerer not seen yet): look at `pipenv run ops explain local`" in str(refused.value)
    assert len(Airflow.asked) > 1
