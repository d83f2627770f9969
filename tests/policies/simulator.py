"""AWS's evaluation of policies, conditions included, as a library does it: what IAM would answer to a request."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).with_name("simulate.mjs")
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """What somebody asks of AWS; ``context`` has the condition keys that AWS fills in."""

    action: str
    resource: str
    account: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Question:
    """May who has these policies do that, given the resource's own policy?"""

    policies: Sequence[Document]
    request: Request
    of_resource: Document | None = None


def answers(questions: Sequence[Question]) -> list[bool]:
    """Whether IAM allows each; raises AssertionError where AWS knows no such action, resource or condition key."""
    lines = "".join(json.dumps(_simulation(question)) + "\n" for question in questions)
    done = subprocess.run(["node", PROGRAM], input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = done.stdout.split()
    assert len(found) == len(questions)
    return [answer == "Allowed" for answer in found]


def _simulation(question: Question) -> dict[str, Any]:
    request = question.request
    return {
        "request": {
            "principal": f"arn:aws:iam::{request.account}:role/somebody",
            "action": request.action,
            "resource": {"resource": request.resource, "accountId": request.account},
            "contextVariables": {"aws:SecureTransport": "true", **request.context},
        },
        "identityPolicies": [{"name": str(n), "policy": one} for n, one in enumerate(question.policies)],
        **({"resourcePolicy": question.of_resource} if question.of_resource else {}),
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
