"""A fake ECS that records its calls."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CLUSTER, SERVICE, FAMILY = "airflow-test", "worker", "airflow-test-worker"
CLUSTER_ARN = f"arn:aws:ecs:us-east-1:123456789012:cluster/{CLUSTER}"


class Ecs(ThreadingHTTPServer):
    """Answers the calls of a worker and of worker_scaling to ECS and to its agent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), EcsHandler)
        self.revision = 1
        """Revision of the service's task definition; the worker runs revision 1."""
        self.desired = 1
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.away = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def environment(self) -> dict[str, str]:
        """Return the variables with which a program uses this ECS and no other AWS."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "ECS_CONTAINER_METADATA_URI_V4": self.url,
        }

    def of(self, operation: str) -> list[dict[str, Any]]:
        """Return the bodies of an operation's calls, in order."""
        return [body for name, body in self.calls if name == operation]

    def protection(self) -> list[bool]:
        """Return the values of protectionEnabled, in order."""
        return [body["protectionEnabled"] for body in self.of("UpdateTaskProtection")]


class EcsHandler(BaseHTTPRequestHandler):
    """Implements the needed part of AWS's JSON protocol."""

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
        """Log nothing; `calls` has everything."""
