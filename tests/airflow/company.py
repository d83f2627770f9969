"""Fixture `company`: an Airflow with an OpenID Connect provider, a load balancer that terminates TLS, and remote logs."""

import contextlib
import datetime
import ipaddress
import os
import random
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from emulator import Aws
from instance import ROOT, Instance

AIRFLOW = ROOT / ".venv-airflow" / "bin" / "airflow"
BUCKET = "company-logs"
READY_WITHIN = 120.0  # seconds; 8 on two idle cores
# Claims that the provider sends, by the person's subject.
PEOPLE = {
    "1001": {"email": "ann@example.org", "email_verified": True, "given_name": "Ann", "family_name": "Lee"},
    "1002": {"email": "bob@example.org", "email_verified": True, "given_name": "Bob", "family_name": "Ray"},
    "1003": {"email": "carl@example.org", "email_verified": False},
    "1004": {"email": "dora@elsewhere.org", "email_verified": True},
    "1005": {"email": "ann@example.org", "email_verified": True},
    "1006": {"email": "Eve@example.org", "email_verified": True},
}


@dataclass(frozen=True)
class Company:
    """An api-server on the database of `Instance`, with OpenID Connect as sign-in."""

    url: str
    """The https URL of the load balancer, for browsers."""
    inside: str
    """The http URL of the api-server behind it."""
    issuer: str
    printed: Path
    flower: int
    """The loopback port on which it expects Flower."""

    def instance(self, airflow: Instance) -> Instance:
        """Return an `Instance` for the REST API of this api-server."""
        return Instance(airflow.home, self.inside, airflow.password, airflow.environment)


@pytest.fixture(scope="session")
def company(airflow: Instance, running_aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The api-server as it runs on AWS, started once per session."""
    from oidc_provider_mock import (  # imported here, because it emits a warning and most tests do not need it
        User,
        run_server_in_thread,
    )

    folder = tmp_path_factory.mktemp("company")
    printed = folder / "api-server.log"
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # the provider is on loopback, without TLS
    people = [User(sub=subject, claims=claims) for subject, claims in PEOPLE.items()]
    running_aws.client("s3").create_bucket(Bucket=BUCKET)
    with run_server_in_thread(user_claims=people) as provider, load_balancer(folder) as balancer:
        port = free_port()
        balancer.target = port
        company = Company(
            url=f"https://localhost:{balancer.server_port}",
            inside=f"http://127.0.0.1:{port}",
            issuer=f"http://localhost:{provider.server_port}",
            printed=printed,
            flower=free_port(),
        )
        environment = {
            **airflow.environment,
            **running_aws.environment,
            **oauth(company.issuer),
            **remote_logs(),
            "AIRFLOW__API__BASE_URL": company.url,
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW_ON_AWS_FLOWER": f"http://127.0.0.1:{company.flower}",
        }
        with printed.open("wb") as output:
            server = subprocess.Popen(
                [AIRFLOW, "api-server", "--proxy-headers"], env=environment, cwd=folder, stdout=output, stderr=output
            )
        try:
            wait_for(f"{company.inside}/api/v2/version", server, printed)
            yield company
        finally:
            server.kill()  # not SIGTERM: the server would wait for connections that browsers keep open
            server.wait()


def oauth(issuer: str) -> dict[str, str]:
    """Return the settings for a sign-in with the provider."""
    return {
        "AIRFLOW_OAUTH_PROVIDER": "oidc",
        "AIRFLOW_OAUTH_ISSUER": issuer,
        "AIRFLOW_OAUTH_CLIENT_ID": "airflow",
        "AIRFLOW_OAUTH_CLIENT_SECRET": "known-to-both",
        "AIRFLOW_OAUTH_ALLOWED_DOMAINS": "example.org",
    }


def remote_logs() -> dict[str, str]:
    """Return the settings for remote logs, as in modules/settings.py and airflow/config/aws.env."""
    return {"AIRFLOW__LOGGING__REMOTE_LOGGING": "True", "AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER": f"s3://{BUCKET}"}


def wait_for(url: str, server: subprocess.Popen[bytes], printed: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + READY_WITHIN
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            opener.open(url, timeout=10).close()
            return
        except OSError:
            assert server.poll() is None, printed.read_text()[-2000:]
            assert time.monotonic() < deadline, printed.read_text()[-2000:]
            time.sleep(0.1)


def free_port() -> int:
    """Return a free port below the system's ephemeral range, so that no other process gets it meanwhile."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(20_000, 32_000)))  # noqa: S311
            return int(probe.getsockname()[1])


class Balancer(ThreadingHTTPServer):
    """Load balancer; `target` is the port of the api-server, set when it is known."""

    daemon_threads = True
    target = 0


class Forward(BaseHTTPRequestHandler):
    """Forwards a request as AWS's load balancer does: with the same host, and the protocol in a header."""

    protocol_version = "HTTP/1.1"
    server: Balancer

    def forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        target = HTTPConnection("127.0.0.1", self.server.target, timeout=60)
        target.request(self.command, self.path, body, headers | {"X-Forwarded-Proto": "https"})
        answer = target.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "content-length", "date", "server", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        target.close()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = forward  # noqa: N815 - the names of http.server

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing; the api-server logs the requests."""


@contextmanager
def load_balancer(folder: Path) -> Iterator[Balancer]:
    """Run the load balancer on a free loopback port, with a self-signed certificate."""
    balancer = Balancer(("127.0.0.1", 0), Forward)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(folder))
    balancer.socket = context.wrap_socket(balancer.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=balancer.serve_forever, daemon=True).start()
    try:
        yield balancer
    finally:
        balancer.shutdown()
        balancer.server_close()


def certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return file
