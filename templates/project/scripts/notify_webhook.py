"""Notify the platform's webhook of this push, so that it imports these DAGs at once; .github/workflows/deliver.yml runs it.

WEBHOOK_URL is the webhook's address, GITHUB_EVENT_PATH GitHub's description of the push. The secret is read from standard
input, so that neither the environment nor a process list shows it.
"""

import hashlib
import hmac
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path


def notify(url: str, event: bytes, secret: str) -> str:
    """Send the event with GitHub's signature and return the response. Raises OSError."""
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
    """Run the script; exit code 1 if the webhook refuses the event, with its reason."""
    url = os.environ["WEBHOOK_URL"]
    if not url.startswith(("https://", "http://127.0.0.1:")):
        print(f"WEBHOOK_URL is {url!r}: set an address that begins with https://", file=sys.stderr)
        return 1
    # During a rotation the previous secret is on a second line.
    secrets = sys.stdin.read().split()
    if not secrets:
        print("there is no secret on standard input: check that the role may read it", file=sys.stderr)
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
