"""Policies: functions that take one stack and yield one line for each violation."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from tests.synthesised import Args, Synthesised

Policy = Callable[[Synthesised], Iterable[str]]


def findings(policy: Policy, stacks: Mapping[str, Synthesised]) -> list[str]:
    """Return the violations of a policy in all stacks, each with the name of its stack."""
    return [f"{name}: {finding}" for name, stack in stacks.items() for finding in policy(stack)]


def made_of(*resources: tuple[str, Args], environment: str = "dev", **more: Any) -> Synthesised:
    """Return a small stack of bad resources, to show that a policy finds them."""
    by_kind: dict[str, dict[str, Args]] = {}
    for index, (kind, args) in enumerate(resources):
        by_kind.setdefault(kind, {})[f"bad_{index}"] = args
    provider = {"default_tags": [{"tags": {"Environment": environment}}]}
    return Synthesised(f"{environment}-bad", {"resource": by_kind, "provider": {"aws": [provider]}, **more})


def each(stack: Synthesised, *kinds: str) -> Iterator[tuple[str, Args]]:
    """Yield address and arguments of every resource of these kinds; a stack may have none."""
    for kind in kinds:
        for id, args in stack.resources(kind, allow_empty=True).items():
            yield f"{kind}.{id}", args


def each_container(stack: Synthesised) -> Iterator[tuple[str, Args]]:
    """Yield every container as `<task definition> <container>` with its definition; a stack may have none."""
    if stack.has("aws_ecs_task_definition"):
        for task, containers in stack.containers.items():
            for name, container in containers.items():
                yield f"{task} {name}", container


def statements(stack: Synthesised) -> Iterator[tuple[str, Args]]:
    """Yield every IAM statement of every policy document, with the address of the argument that it is in."""
    for kind, id, args in stack.every_resource():
        for field in ("policy", "assume_role_policy"):
            if isinstance(args.get(field), str) and '"Statement"' in args[field]:
                for statement in json.loads(args[field])["Statement"]:
                    yield f"{kind}.{id}.{field}", statement


def listed(value: Any) -> list[str]:
    """Return the values of an IAM field, which is a string or a list of strings."""
    return [value] if isinstance(value, str) else list(value or [])


def bucket_companions(stack: Synthesised, kind: str) -> dict[str, Args]:
    """Return the resources of a kind that configure a bucket, by the reference to that bucket."""
    return {args["bucket"]: args for _, args in each(stack, kind)}


def buckets(stack: Synthesised) -> list[str]:
    """Return references to the buckets of a stack, which may have none."""
    return [f"${{{bucket}.id}}" for bucket, _ in each(stack, "aws_s3_bucket")]
