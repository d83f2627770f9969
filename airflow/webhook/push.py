"""The fields of a push event that the webhook needs."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

# GitHub retries a delivery for at most three days; an older request is a replay. Airflow keeps its runs for longer than
# that, and rejects a second run with the same id.
MAXIMUM_AGE = timedelta(days=4)
BRANCH = "refs/heads/"
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


class BadPushError(ValueError):
    """Invalid body: the reason, on one line."""


@dataclass(frozen=True)
class Push:
    """A push to a branch. `branch` is None for a tag, `commit` None for a branch that was deleted."""

    repository: str
    branch: str | None
    commit: str | None
    pushed_at: datetime
    digest: str
    """Digest of the signed body. X-GitHub-Delivery is not signed, so a replay could have another value."""

    @classmethod
    def parse(cls, body: bytes) -> "Push":
        """Parse the body of a request; raises BadPushError."""
        try:
            event = json.loads(body)
        except ValueError:
            raise BadPushError("the body is not JSON; set the webhook's content type to application/json") from None
        try:
            repository, ref, after = event["repository"]["clone_url"], event["ref"], event["after"]
            pushed_at = _time(event["repository"]["pushed_at"])
            valid = isinstance(repository, str) and isinstance(ref, str) and _COMMIT.fullmatch(after)
        except (KeyError, TypeError, ValueError, OverflowError):
            valid = False
        if not valid:
            raise BadPushError(
                "the body lacks repository.clone_url, repository.pushed_at, ref or after; send a push event"
            )
        return cls(
            repository=repository,
            branch=ref.removeprefix(BRANCH) if ref.startswith(BRANCH) else None,
            commit=None if event.get("deleted") else after,
            pushed_at=pushed_at,
            digest=hashlib.sha256(body).hexdigest(),
        )

    @property
    def expired(self) -> bool:
        """True if GitHub would no longer deliver it."""
        return datetime.now(UTC) - self.pushed_at > MAXIMUM_AGE


def _time(value: Any) -> datetime:
    """Parse GitHub's time: seconds since 1970 in push events, a timestamp elsewhere."""
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
