"""Tells the platform's webhook of this push, so that it imports these DAGs now: what .github/workflows/deliver.yml runs.

WEBHOOK_URL is the webhook's address, GITHUB_EVENT_PATH the push as GitHub describes it. The secret comes by standard
input, so that neither the environment nor a list of processes shows it.
"""

import hashlib
import hmac
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path


def notify(url: str, event: bytes, secret: str) -> str:
    """Sends the event, signed as GitHub signs it; returns the answer. Raises OSError."""
    signature = hmac.new(secret.encode(), event, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": os.environ.get("GITHUB_RUN_ID", "by-hand"),
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    request = urllib.request.Request(url, event, headers)  # noqa: S310 - main() takes http and https only
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return str(answer.read().decode())


def main() -> int:
    """The exit code: 1 if the webhook did not take it, with its reason."""
    url = os.environ["WEBHOOK_URL"]
    if not url.startswith(("https://", "http://127.0.0.1:")):
        print(f"WEBHOOK_URL is {url!r}: give an address that begins with https://", file=sys.stderr)
        return 1
    # The platform may keep the secret before the current one on a second line, while it is being changed.
    secrets = sys.stdin.read().split()
    if not secrets:
        print("there is no secret on standard input: see to the role's right to read it", file=sys.stderr)
        return 1
    try:
        print(notify(url, Path(os.environ["GITHUB_EVENT_PATH"]).read_bytes(), secrets[0]))
    except urllib.error.HTTPError as error:
        print(f"the webhook answers {error.code}: {error.read().decode(errors='replace')[:500]}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"the webhook at {url} does not answer: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
