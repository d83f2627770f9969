"""A policy is a function from one stack to what it finds wrong there, a line each."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tests.synthesised import Args, Synthesised

Policy = Callable[[Synthesised], Iterable[str]]


def findings(policy: Policy, stacks: Mapping[str, Synthesised]) -> list[str]:
    """What a policy finds in all of them, none where they follow it."""
    return [f"{name}: {finding}" for name, stack in stacks.items() for finding in policy(stack)]


def made_of(*resources: tuple[str, Args], environment: str = "dev", **more: Any) -> Synthesised:
    """A small stack, to show that a policy finds what is wrong with it."""
    by_kind: dict[str, dict[str, Args]] = {}
    for index, (kind, args) in enumerate(resources):
        by_kind.setdefault(kind, {})[f"bad_{index}"] = args
    provider = {"default_tags": [{"tags": {"Environment": environment}}]}
    return Synthesised(f"{environment}-bad", {"resource": by_kind, "provider": {"aws": [provider]}, **more})


def statements(stack: Synthesised) -> Iterator[tuple[str, Args]]:
    """Every IAM statement of every policy document, wherever in a resource it is."""
    for kind, id, args in stack.every_resource():
        for field in ("policy", "assume_role_policy"):
            if isinstance(args.get(field), str) and '"Statement"' in args[field]:
                for statement in json.loads(args[field])["Statement"]:
                    yield f"{kind}.{id}.{field}", statement


def listed(value: Any) -> list[str]:
    """IAM's one or several."""
    return [value] if isinstance(value, str) else list(value or [])


def bucket_companions(stack: Synthesised, kind: str) -> dict[str, Args]:
    """By bucket reference, the resources of that kind that say something about a bucket."""
    return {args["bucket"]: args for args in stack.resources(kind).values()}


def buckets(stack: Synthesised) -> list[str]:
    """References to the stack's buckets."""
    return [f"${{aws_s3_bucket.{id}.id}}" for id in stack.resources("aws_s3_bucket")]
