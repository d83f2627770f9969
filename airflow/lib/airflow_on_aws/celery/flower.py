"""Authenticating proxy for Flower: it uses Airflow's sign-in, and is the only way to reach Flower."""

from typing import Annotated
from urllib.parse import quote, urlsplit

import httpx
from airflow.api_fastapi.core_api.security import requires_access_configuration
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from starlette.background import BackgroundTask

# Headers of a single connection, not of the message: RFC 9110, 7.6.1.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
# Flower must not see Airflow's credentials. Browsers must not get Flower's cookies, nor its CORS header, which allows all.
NOT_TO_FLOWER = HOP_BY_HOP | {"authorization", "cookie", "host"}
NOT_FROM_FLOWER = HOP_BY_HOP | {"set-cookie"}
CORS = "access-control-"
METHODS = ["GET", "HEAD", "POST"]
TIMEOUT = httpx.Timeout(60, connect=5).as_dict()


def reject_cross_site(request: Request, origin: Annotated[str | None, Header()] = None) -> None:
    """Reject forms of other sites: browsers send the session cookie with them, and Flower can stop workers."""
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "This request comes from another site.")


def create_proxy(prefix: str, url: str) -> FastAPI:
    """Return an app below `prefix` that forwards requests to Flower at `url`, below the same prefix.

    It requires the permission to read Airflow's configuration, which Op and Admin have, and Viewer and User do not:
    Flower shows configuration too.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    flower = httpx.URL(url)
    transport = httpx.AsyncHTTPTransport()  # unlike a client, it stores no cookies and uses no proxy variables

    @app.api_route(
        "/{path:path}",
        methods=METHODS,
        dependencies=[Depends(requires_access_configuration("GET")), Depends(reject_cross_site)],
    )
    async def forward(request: Request, path: str) -> Response:
        forwarded = httpx.Request(
            request.method,
            flower.copy_with(path=f"{prefix}/{quote(path)}", query=request.url.query.encode()),
            headers=[(name, text) for name, text in request.headers.items() if name not in NOT_TO_FLOWER],
            content=request.stream() if request.method == "POST" else None,
            extensions={"timeout": TIMEOUT},
        )
        try:
            answer = await transport.handle_async_request(forwarded)
        except httpx.RequestError:
            return PlainTextResponse("Flower does not answer; check that its service is running.", 502)
        response = StreamingResponse(answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose))
        response.raw_headers = [
            (name.lower().encode(), text.encode())
            for name, text in answer.headers.multi_items()
            if name.lower() not in NOT_FROM_FLOWER and not name.lower().startswith(CORS)
        ]
        return response

    return app
