"""Verification of a request's signature with the webhook's secrets."""

import hashlib
import hmac
import re
from collections.abc import Sequence

HEADER = "X-Hub-Signature-256"
_FORM = re.compile(r"sha256=([0-9a-f]{64})")


def parse(header: str | None) -> bytes | None:
    """Return the signature of a request, or None if the header is missing or malformed."""
    match = _FORM.fullmatch(header or "")
    return bytes.fromhex(match[1]) if match else None


def verify(body: bytes, signature: bytes, secrets: Sequence[str]) -> int | None:
    """Return the index of the secret with which the body is signed, or None.

    It compares all secrets in constant time, so that the duration reveals nothing about them.
    """
    matches = [hmac.compare_digest(hmac.digest(secret.encode(), body, hashlib.sha256), signature) for secret in secrets]
    return matches.index(True) if any(matches) else None
