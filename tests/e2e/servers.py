"""Servers for a deployed Airflow, at the gateway of its containers: a git server and a weather service."""

import os
import ssl
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from local_aws.network import GATEWAY
from ops.airflow.weather_api import Handler as Weather

PRIVATE, TOKEN = "sales", "a-token-of-the-test"


def certificate(folder: Path) -> Path:
    """Create a self-signed CA certificate for the gateway, with its key in the same file."""
    file = folder / "gateway.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=gateway"]
    request += ["-addext", f"subjectAltName=IP:{GATEWAY}", "-keyout", str(file), "-out", f"{file}.crt"]
    subprocess.run(request, check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


@contextmanager
def weather() -> Iterator[str]:
    """Run the weather service, and yield its URL."""
    with _serving(Weather) as port:
        yield f"http://{GATEWAY}:{port}"


@contextmanager
def git(repositories: Path, certified: Path) -> Iterator[str]:
    """Serve the repositories in a folder, and yield the base URL; the repository PRIVATE requires a token."""

    class Handler(BaseHTTPRequestHandler):
        """Pass requests to `git http-backend`."""

        def do_GET(self) -> None:
            """Handle a request without a body."""
            self.do_POST()

        def do_POST(self) -> None:
            """Handle a request, with a body if it has a Content-Length."""
            url = urlsplit(self.path)
            token = b64encode(f"x-access-token:{TOKEN}".encode()).decode()
            if url.path.startswith(f"/{PRIVATE}/") and self.headers.get("Authorization") != f"Basic {token}":
                self.send_response(401)
                self.send_header("WWW-Authenticate", "Basic")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            environment = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(repositories),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": url.path,
                "QUERY_STRING": url.query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REMOTE_ADDR": self.client_address[0],
            }
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = subprocess.run(
                ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
            ).stdout
            head, _, content = answer.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified)
    with _serving(Handler, context) as port:
        yield f"https://{GATEWAY}:{port}"


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer((GATEWAY, 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
