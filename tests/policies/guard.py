"""Proxy in front of the local AWS, which evaluates no policies: it denies the requests that IAM would deny."""

import http.client
import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from local_aws.state import LocalAws
from tests.policies.simulator import Document, Question, Request, answers

_OBJECTS = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
_REFUSED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


@contextmanager
def guarded(aws: LocalAws, account: str, policies: Sequence[Document]) -> Iterator[tuple[str, list[str]]]:
    """Yield the URL of the proxy, and a list of the requests that it denies: action, resource and S3 prefix."""
    refused: list[str] = []

    class Guard(BaseHTTPRequestHandler):
        def do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = _request(self, body, account)
            if request is None or _is_missing(aws, request) or answers([Question(policies, request)]) == [True]:
                self._forward(body)
                return
            refused.append(f"{request.action} {request.resource} {request.context.get('s3:prefix', '')}".strip())
            self._answer(403, [("Content-Type", "application/xml")], _REFUSED)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do  # noqa: N815 - as the base class calls them

        def _forward(self, body: bytes) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=60)
            connection.request(self.command, self.path, body, dict(self.headers))
            with connection.getresponse() as answer:
                text = answer.read()
                kept = {"connection", "content-length", "transfer-encoding", "date", "server"}
                headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in kept]
                length = answer.getheader("Content-Length") if self.command == "HEAD" else None
                self._answer(answer.status, headers, text, length)
            connection.close()

        def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes, length: str | None = None) -> None:
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", length or str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Guard)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", refused
    finally:
        server.shutdown()
        server.server_close()


def _is_missing(aws: LocalAws, request: Request) -> bool:
    """Return whether the request is for a bucket that does not exist, which AWS tells every caller."""
    if request.action != "s3:ListBucket":
        return False
    connection = http.client.HTTPConnection("127.0.0.1", aws.port, timeout=60)
    connection.request("HEAD", f"/{request.resource.removeprefix('arn:aws:s3:::')}")
    with connection.getresponse() as answer:
        return answer.status == 404


def _request(asked: BaseHTTPRequestHandler, body: bytes, account: str) -> Request | None:
    """Return the request to S3 or DynamoDB; None for GetCallerIdentity, which every caller may use."""
    signed = re.search(r"Credential=[^/]+/\d+/([\w-]+)/(\w+)/", asked.headers["Authorization"])
    assert signed, asked.headers
    region, service = signed.groups()
    if service == "s3":
        where = urlsplit(asked.path)
        bucket, _, key = unquote(where.path).lstrip("/").partition("/")
        if key:
            return Request(f"s3:{_OBJECTS[asked.command]}", f"arn:aws:s3:::{bucket}/{key}", account)
        assert asked.command in {"GET", "HEAD"}, asked.path
        prefix = parse_qs(where.query, keep_blank_values=True).get("prefix")
        return Request("s3:ListBucket", f"arn:aws:s3:::{bucket}", account, {"s3:prefix": prefix[0]} if prefix else {})
    if service == "dynamodb":
        told = json.loads(body)
        row = (told.get("Key") or told["Item"])["LockID"]["S"]
        table = f"arn:aws:dynamodb:{region}:{account}:table/{told['TableName']}"
        action = asked.headers["X-Amz-Target"].partition(".")[2]
        return Request(f"dynamodb:{action}", table, account, {"dynamodb:LeadingKeys": [row]})
    assert service == "sts", service
    return None
