"""An ECS that takes notes."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CLUSTER, SERVICE, FAMILY = "airflow-test", "worker", "airflow-test-worker"
CLUSTER_ARN = f"arn:aws:ecs:us-east-1:123456789012:cluster/{CLUSTER}"


class Ecs(ThreadingHTTPServer):
    """What a worker and worker_scaling ask of ECS and of its agent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EcsHandler)
        self.revision = 1
        """That the service runs; the worker's own is 1."""
        self.desired = 1
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.away = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def environment(self) -> dict[str, str]:
        """For a program that is to use it, and no other AWS."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "ECS_CONTAINER_METADATA_URI_V4": self.url,
        }

    def of(self, operation: str) -> list[dict[str, Any]]:
        """What was sent to it, in order."""
        return [body for name, body in self.calls if name == operation]

    def protection(self) -> list[bool]:
        """How it was switched."""
        return [body["protectionEnabled"] for body in self.of("UpdateTaskProtection")]


class EcsHandler(BaseHTTPRequestHandler):
    """AWS's JSON protocol, as far as needed."""

    server: Ecs

    def do_GET(self) -> None:
        family = {"Cluster": CLUSTER_ARN, "TaskARN": "arn:of-the-task", "Family": FAMILY, "Revision": "1"}
        self.answer(200, family)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        if self.server.away:
            self.answer(500, {"__type": "ServerException", "message": "away"})
            return
        self.server.calls.append((operation, body))
        self.server.desired = body.get("desiredCount", self.server.desired)
        definition = f"arn:aws:ecs:us-east-1:123456789012:task-definition/{FAMILY}:{self.server.revision}"
        service = {"serviceName": SERVICE, "taskDefinition": definition, "desiredCount": self.server.desired}
        self.answer(200, {"services": [service], "service": service, "protectedTasks": [], "failures": []})

    def answer(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """The calls are the log."""
