"""Whether a request comes from whoever knows the webhook's secret."""

import hashlib
import hmac
import re
from collections.abc import Sequence

HEADER = "X-Hub-Signature-256"
_FORM = re.compile(r"sha256=([0-9a-f]{64})")


def parse(header: str | None) -> bytes | None:
    """The signature of a request, None if it has none of the right form."""
    match = _FORM.fullmatch(header or "")
    return bytes.fromhex(match[1]) if match else None


def verify(body: bytes, signature: bytes, secrets: Sequence[str]) -> int | None:
    """The index of the secret that the very bytes of the body are signed with, None if it is none of them.

    The time that it takes tells nothing of the secrets: each is tried to the end.
    """
    matches = [hmac.compare_digest(hmac.digest(secret.encode(), body, hashlib.sha256), signature) for secret in secrets]
    return matches.index(True) if any(matches) else None
