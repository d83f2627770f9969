"""Flower for whoever may see it in Airflow: a proxy, so that Flower needs no sign-in of its own and nobody else reaches it."""

from typing import Annotated
from urllib.parse import quote, urlsplit

import httpx
from airflow.api_fastapi.core_api.security import requires_access_configuration
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from starlette.background import BackgroundTask

# RFC 9110, 7.6.1: of one connection, not of the message.
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
# Flower is to know nothing of Airflow's sign-in; Airflow is to take nothing of Flower's, nor its "everybody may read this".
NOT_TO_FLOWER = HOP_BY_HOP | {"authorization", "cookie", "host"}
NOT_FROM_FLOWER = HOP_BY_HOP | {"set-cookie"}
CORS = "access-control-"
METHODS = ["GET", "HEAD", "POST"]
TIMEOUT = httpx.Timeout(60, connect=5).as_dict()


def same_site(request: Request, origin: Annotated[str | None, Header()] = None) -> None:
    """Refuses the forms of other sites: browsers send the cookie of the sign-in with them, and Flower stops workers."""
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "This was sent by another site.")


def proxy(prefix: str, url: str) -> FastAPI:
    """An app below `prefix` that answers as Flower at `url` does below the same, to those who may read Airflow's configuration.

    That is what an Op and an Admin may, and a Viewer or a User may not: Flower too shows how it all is set up.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    flower = httpx.URL(url)
    transport = httpx.AsyncHTTPTransport()  # a client would keep cookies, and the proxies of the environment

    @app.api_route(
        "/{path:path}",
        methods=METHODS,
        dependencies=[Depends(requires_access_configuration("GET")), Depends(same_site)],
    )
    async def forward(request: Request, path: str) -> Response:
        sent = httpx.Request(
            request.method,
            flower.copy_with(path=f"{prefix}/{quote(path)}", query=request.url.query.encode()),
            headers=[(name, text) for name, text in request.headers.items() if name not in NOT_TO_FLOWER],
            content=request.stream() if request.method == "POST" else None,
            extensions={"timeout": TIMEOUT},
        )
        try:
            answer = await transport.handle_async_request(sent)
        except httpx.RequestError:
            return PlainTextResponse("Flower does not answer; see whether its service runs.", 502)
        passed = StreamingResponse(answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose))
        passed.raw_headers = [
            (name.lower().encode(), text.encode())
            for name, text in answer.headers.multi_items()
            if name.lower() not in NOT_FROM_FLOWER and not name.lower().startswith(CORS)
        ]
        return passed

    return app
