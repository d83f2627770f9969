"""From a request of GitHub's to a run of ImportDAGs, or to the reason why there is none."""

import asyncio
import re
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request

from webhook import branches, signature
from webhook.airflow_api import Airflow, AirflowError
from webhook.push import BadPushError, Push
from webhook.settings import Settings, SettingsError

# GitHub's own limit is 25 MB, but a push lists 2,048 commits at most, of 1 or 2 kB each. A body is held in memory before
# it is known who sent it, so the limit is what a push can be.
LONGEST_BODY = 5_000_000
BODY_SECONDS = 10.0
_WORD = re.compile(r"[\w-]{1,64}")


class Answer(NamedTuple):
    """The HTTP status, and the same in words."""

    status: int
    outcome: str
    reason: str = ""


class _TooLongError(Exception):
    pass


async def answer(request: Request, settings: Settings, airflow: Airflow, facts: dict[str, object]) -> Answer:
    """What GitHub is told. `facts` is filled with what the log may say of the request; nothing in it is secret."""
    facts["client"] = request.client.host if request.client else None
    facts["delivery"] = _word(request, "X-GitHub-Delivery")
    facts["github_event"] = kind = _word(request, "X-GitHub-Event")
    signed = signature.parse(request.headers.get(signature.HEADER))
    if signed is None:
        return Answer(401, "refused", f"no {signature.HEADER}; give the webhook a secret in GitHub")
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
        reason = "the signature is of another secret, or of other bytes; give GitHub the first secret that we have"
        return Answer(401, "refused", reason)
    facts["secret"] = ("current", "previous")[matching]
    if kind == "ping":
        return Answer(200, "pong")
    if kind != "push":
        return Answer(200, "ignored", "not a push")
    try:
        return await _push(Push.read(body), airflow, facts)
    except BadPushError as error:
        return Answer(400, "refused", str(error))
    except (AirflowError, SettingsError) as error:
        return Answer(503, "failed", str(error))


async def _push(push: Push, airflow: Airflow, facts: dict[str, object]) -> Answer:
    facts |= {"repository": push.repository, "branch": push.branch, "commit": push.commit}
    if push.old:
        return Answer(409, "refused", f"a replay: pushed at {push.pushed_at.isoformat()}, too long ago for GitHub")
    if push.branch is None or push.commit is None:
        return Answer(200, "ignored", "not a branch that has something to import")
    imported = await branches.registered(push.repository)
    if imported and push.branch not in imported:
        return Answer(200, "ignored", f"imported from this repository: {', '.join(sorted(imported))}")
    facts["run"] = run = f"github__{push.digest[:40]}"
    note = f"Push to {push.branch} of {push.repository}, delivery {facts['delivery']}"
    if await airflow.trigger(run, {"repository": push.repository, "commit": push.commit}, note):
        return Answer(202, "triggered")
    return Answer(200, "already", "Airflow has had this push")


async def _body(request: Request) -> bytes:
    """The very bytes that were sent."""
    if int(request.headers.get("Content-Length", "0")) > LONGEST_BODY:
        raise _TooLongError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise _TooLongError
    return bytes(body)


def _word(request: Request, header: str) -> str:
    """A header's value if it is a plain word, which those of GitHub are."""
    value = request.headers.get(header, "")
    return value if _WORD.fullmatch(value) else ""
