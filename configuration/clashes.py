"""Environments held against one another: what one must not have because another has it."""

from collections.abc import Iterable, Mapping

from configuration.environment import Environment
from configuration.problems import Problem
from configuration.values import Values
from modules.stack_id import StackId


def overlaps(environments: Iterable[Environment], sources: Mapping[str, Values]) -> Iterable[Problem]:
    """VPCs of one account and region may not overlap: they could never be connected."""
    seen: list[Environment] = []
    for environment in environments:
        own = environment.platform.network
        for other in seen:
            theirs = other.platform.network
            same = (environment.platform.account_id, environment.platform.region) == (
                other.platform.account_id,
                other.platform.region,
            )
            shared = own.existing_vpc and theirs.existing_vpc and own.existing_vpc.vpc_id == theirs.existing_vpc.vpc_id
            if same and not shared and own.cidr.overlaps(theirs.cidr):
                path = ("network", "vpc" if own.vpc else "existing_vpc", "cidr")
                message = f"overlaps {theirs.cidr} of environment {other.name}, in the same account and region; choose another range"
                yield sources[environment.name].problem(path, message)
        seen.append(environment)


def clashes(environments: Iterable[Environment], sources: Mapping[str, Values]) -> Iterable[Problem]:
    """``a-b`` + ``c`` and ``a`` + ``b-c`` would be one stack, and one would destroy the other's resources.

    Environment ``a-b`` and project ``b`` of ``a`` would both name what they have ``airflow-a-b-…``, such as their tasks' role.
    """
    seen: dict[str, StackId] = {}
    prefixes = {(environment.prefix, environment.platform.account_id): environment.name for environment in environments}
    for environment in environments:
        for id in environment.stack_ids():
            file = sources[environment.name].file.parent / "projects" / f"{id.project}.tfvars"
            other = seen.setdefault(id.name, id)
            if other != id:
                message = (
                    f"stack {id.name} would be that of {other.environment} / {other.project} too; rename the project"
                )
                yield Problem(file, message)
            namesake = prefixes.get((id.prefix, environment.platform.account_id))
            if id.module == "workflows" and namesake:
                message = f"its names in AWS begin with {id.prefix}, as those of environment {namesake} in the same account do"
                yield Problem(file, f"{message}; rename the project")
