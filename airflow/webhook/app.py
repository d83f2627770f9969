"""The web application: POST /github for GitHub, GET /health for health checks."""

import contextlib
import logging
import time
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from webhook import github
from webhook.airflow_api import AirflowClient
from webhook.log import log
from webhook.settings import Settings, SettingsError


def create_app(settings: Settings) -> Starlette:
    """Return the application for one Airflow."""
    airflow = AirflowClient(settings)

    async def receive(request: Request) -> JSONResponse:
        began, facts = time.perf_counter(), dict[str, object]()
        status, outcome, reason = await github.handle(request, settings, airflow, facts)
        level = logging.ERROR if status >= 500 else logging.WARNING if status >= 400 else logging.INFO
        took = round((time.perf_counter() - began) * 1000)
        log(level, outcome, status=status, reason=reason, **facts, milliseconds=took)
        # Problems between us and Airflow belong in our log, not on GitHub's page.
        shown = "see the webhook's log" if status >= 500 else reason
        run = facts.get("run") if status < 300 else None
        body = {"outcome": outcome, "reason": shown, "run": run}
        return JSONResponse({name: value for name, value in body.items() if value}, status)

    async def health(_: Request) -> JSONResponse:
        """Report the health of this service only: a restart of it would not fix Airflow."""
        try:
            settings.secrets()
        except SettingsError:
            return JSONResponse({"status": "no usable secret"}, 503)
        return JSONResponse({"status": "ok"})

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await airflow.close()

    routes = [Route("/github", receive, methods=["POST"]), Route("/health", health, methods=["GET"])]
    return Starlette(routes=routes, lifespan=lifespan)
