"""The circuit breaker of ECS, which the local AWS has only where containers run and fail."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ops.local_aws.ports import LOOPBACK
from ops.local_aws.state import Folder
from tests.checkout import Checkout


@contextmanager
def rolling_back(checkout: Checkout, service: str, printed: str) -> Iterator[None]:
    """While it lasts, each deployment of a service fails: a task prints this and ends, and what ran before runs again."""
    folder = Folder.below(checkout.path)
    record = folder.read()
    assert record
    breaker = Breaker(checkout, record.port, service, printed)
    threading.Thread(target=breaker.serve_forever, daemon=True).start()
    folder.write(replace(record, port=breaker.server_port))
    try:
        yield
    finally:
        folder.write(record)
        breaker.shutdown()
        breaker.server_close()


class Breaker(ThreadingHTTPServer):
    """In front of the local AWS."""

    daemon_threads = True

    def __init__(self, checkout: Checkout, behind: int, service: str, printed: str) -> None:
        super().__init__((LOOPBACK, 0), Pass)
        self.behind, self.service, self.printed = behind, service, printed
        self.ecs, self.logs = (checkout.client(name) for name in ("ecs", "logs"))

    def fail(self, cluster: str, before: str) -> None:
        """What ECS does some minutes after the request."""
        where = {"cluster": cluster, "service": self.service}
        name = cluster.rpartition("/")[2]
        [task] = self.ecs.list_tasks(cluster=cluster, serviceName=self.service)["taskArns"]
        log = {
            "logGroupName": f"/{name}/{self.service}",
            "logStreamName": f"ecs/{self.service}/{task.rpartition('/')[2]}",
        }
        self.logs.create_log_stream(**log)
        self.logs.put_log_events(**log, logEvents=[{"timestamp": int(time.time() * 1000), "message": self.printed}])
        self.ecs.stop_task(cluster=cluster, task=task, reason="Task failed container health checks")
        self.ecs.update_service(**where, taskDefinition=before)

    def definition(self, cluster: str) -> Any:
        """What the service runs."""
        return self.ecs.describe_services(cluster=cluster, services=[self.service])["services"][0]["taskDefinition"]


class Pass(BaseHTTPRequestHandler):
    """Passes requests on as they are."""

    protocol_version = "HTTP/1.1"
    server: Breaker

    def forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        deployed = {}
        if self.headers.get("X-Amz-Target", "").endswith(".UpdateService"):
            deployed = json.loads(body)
        fails = deployed.get("service", "").rpartition("/")[2] == self.server.service
        before = self.server.definition(deployed["cluster"]) if fails else ""
        behind = HTTPConnection(LOOPBACK, self.server.behind, timeout=60)
        behind.request(self.command, self.path, body, dict(self.headers))
        answer = behind.getresponse()
        content = answer.read()
        behind.close()
        if fails:
            self.server.fail(deployed["cluster"], before)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length", "date", "server", "transfer-encoding"):
                self.send_header(name, value)
        # The answer to HEAD has a length and no body.
        self.send_header("Content-Length", answer.getheader("Content-Length") or str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = forward  # noqa: N815 - the names of http.server

    def log_message(self, format: str, *args: object) -> None:
        """The emulator's log has them."""
