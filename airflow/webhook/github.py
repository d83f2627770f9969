"""Handles requests from GitHub: validates them and triggers ImportDAGs, or answers why not."""

import asyncio
import re
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request

from webhook import signature
from webhook.airflow_api import AirflowClient, AirflowError
from webhook.branches import registered_branches
from webhook.push import BadPushError, Push
from webhook.settings import Settings, SettingsError

# Bytes. GitHub's own limit is 25 MB, but a push lists at most 2,048 commits of 1 to 2 kB each. A body is in memory before
# its sender is verified, so the limit is the maximum size of a push.
LONGEST_BODY = 5_000_000
BODY_SECONDS = 10.0
_WORD = re.compile(r"[\w-]{1,64}")


class Answer(NamedTuple):
    """HTTP status, outcome and reason."""

    status: int
    outcome: str
    reason: str = ""


class _TooLongError(Exception):
    pass


async def handle(request: Request, settings: Settings, airflow: AirflowClient, facts: dict[str, object]) -> Answer:
    """Return the answer for GitHub, and add facts about the request for the log; they contain no secret."""
    facts["client"] = request.client.host if request.client else None
    facts["delivery"] = _word(request, "X-GitHub-Delivery")
    facts["github_event"] = kind = _word(request, "X-GitHub-Event")
    signed = signature.parse(request.headers.get(signature.HEADER))
    if signed is None:
        return Answer(401, "refused", f"no {signature.HEADER}; set a secret for the webhook in GitHub")
    try:
        secrets = settings.secrets()
        async with asyncio.timeout(BODY_SECONDS):
            body = await _body(request)
    except SettingsError as error:
        return Answer(503, "failed", str(error))
    except (TimeoutError, ClientDisconnect):
        return Answer(408, "refused", f"the body did not arrive within {BODY_SECONDS:g} s")
    except _TooLongError:
        return Answer(413, "refused", f"the body has more than {LONGEST_BODY} bytes; trigger ImportDAGs by hand")
    matching = signature.verify(body, signed, secrets)
    if matching is None:
        reason = "the signature does not match a secret or the body; set the webhook's first secret in GitHub"
        return Answer(401, "refused", reason)
    facts["secret"] = ("current", "previous")[matching]
    if kind == "ping":
        return Answer(200, "pong")
    if kind != "push":
        return Answer(200, "ignored", "not a push")
    try:
        return await _handle_push(Push.parse(body), airflow, facts)
    except BadPushError as error:
        return Answer(400, "refused", str(error))
    except (AirflowError, SettingsError) as error:
        return Answer(503, "failed", str(error))


async def _handle_push(push: Push, airflow: AirflowClient, facts: dict[str, object]) -> Answer:
    facts |= {"repository": push.repository, "branch": push.branch, "commit": push.commit}
    if push.expired:
        return Answer(
            409, "refused", f"a replay: pushed at {push.pushed_at.isoformat()}; GitHub does not retry for so long"
        )
    if push.branch is None or push.commit is None:
        return Answer(200, "ignored", "not a branch with a commit to import")
    imported = await registered_branches(push.repository)
    if imported and push.branch not in imported:
        return Answer(200, "ignored", f"only imported from this repository: {', '.join(sorted(imported))}")
    facts["run"] = run = f"github__{push.digest[:40]}"
    note = f"Push to {push.branch} of {push.repository}, delivery {facts['delivery']}"
    if await airflow.trigger(run, {"repository": push.repository, "commit": push.commit}, note):
        return Answer(202, "triggered")
    return Answer(200, "already", "Airflow has a run for this push")


async def _body(request: Request) -> bytes:
    """Read the raw body; raises _TooLongError."""
    if int(request.headers.get("Content-Length", "0")) > LONGEST_BODY:
        raise _TooLongError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise _TooLongError
    return bytes(body)


def _word(request: Request, header: str) -> str:
    """Return a header's value if it is a plain word, as GitHub's values are, or else an empty string."""
    value = request.headers.get(header, "")
    return value if _WORD.fullmatch(value) else ""
