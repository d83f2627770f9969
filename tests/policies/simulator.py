"""Simulation of IAM's policy evaluation, including conditions, by a library."""

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
    """Request to AWS; `context` has the condition keys that AWS sets."""

    action: str
    resource: str
    account: str
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Question:
    """Request, and the policies of the caller and of the resource that decide about it."""

    policies: Sequence[Document]
    request: Request
    of_resource: Document | None = None


def answers(questions: Sequence[Question]) -> list[bool]:
    """Return whether IAM allows each request; fail if AWS has no such action, resource or condition key."""
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
