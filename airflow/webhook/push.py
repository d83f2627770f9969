"""What a push event says, as far as it matters here."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

# GitHub delivers again for three days at most; what is older is somebody else's recording. Airflow remembers its runs
# for longer than that, and refuses one that it has had.
LONGEST = timedelta(days=4)
BRANCH = "refs/heads/"
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


class BadPushError(ValueError):
    """One line on what is wrong with the body."""


@dataclass(frozen=True)
class Push:
    """A push to a branch. `branch` is None for a tag, `commit` None for a branch that was deleted."""

    repository: str
    branch: str | None
    commit: str | None
    pushed_at: datetime
    digest: str
    """Of the signed bytes. X-GitHub-Delivery is not signed: a recording could be sent again with another one."""

    @classmethod
    def read(cls, body: bytes) -> "Push":
        """From the body of a request; raises BadPushError."""
        try:
            event = json.loads(body)
        except ValueError:
            raise BadPushError("the body is not JSON; set the webhook's content type to application/json") from None
        try:
            repository, ref, after = event["repository"]["clone_url"], event["ref"], event["after"]
            pushed_at = _time(event["repository"]["pushed_at"])
            sound = isinstance(repository, str) and isinstance(ref, str) and _COMMIT.fullmatch(after)
        except (KeyError, TypeError, ValueError, OverflowError):
            sound = False
        if not sound:
            raise BadPushError("a push has repository.clone_url, repository.pushed_at, ref and after: this one has not")
        return cls(
            repository=repository,
            branch=ref.removeprefix(BRANCH) if ref.startswith(BRANCH) else None,
            commit=None if event.get("deleted") else after,
            pushed_at=pushed_at,
            digest=hashlib.sha256(body).hexdigest(),
        )

    @property
    def old(self) -> bool:
        """Whether GitHub would not deliver it any more."""
        return datetime.now(UTC) - self.pushed_at > LONGEST


def _time(value: Any) -> datetime:
    """GitHub writes seconds since 1970 in push events, and a timestamp elsewhere."""
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
