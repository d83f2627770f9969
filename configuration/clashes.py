"""Conflicts between environments: overlapping VPCs and names that two of them share."""

from collections.abc import Iterable, Mapping

from configuration.environment import Environment
from configuration.problems import Problem
from configuration.values import Values
from modules.stack_id import StackId


def overlaps(environments: Iterable[Environment], sources: Mapping[str, Values]) -> Iterable[Problem]:
    """Yield a problem for each VPC that overlaps another in its account and region: they could never be peered."""
    seen: list[Environment] = []
    for environment in environments:
        own = environment.platform.network
        for other in seen:
            theirs = other.platform.network
            same = environment.platform.location == other.platform.location
            shared = own.existing_vpc and theirs.existing_vpc and own.existing_vpc.vpc_id == theirs.existing_vpc.vpc_id
            if same and not shared and own.cidr.overlaps(theirs.cidr):
                path = ("network", "vpc" if own.vpc else "existing_vpc", "cidr")
                message = f"overlaps {theirs.cidr} of environment {other.name}, in the same account and region; choose another range"
                yield sources[environment.name].problem(path, message)
        seen.append(environment)


def clashes(environments: Iterable[Environment], sources: Mapping[str, Values]) -> Iterable[Problem]:
    """Yield a problem for each project whose stacks or physical names clash with another project or environment.

    Environment ``a-b`` with project ``c`` and environment ``a`` with project ``b-c`` have stacks of the same name, so that
    a deploy of the second destroys the resources of the first. Resources of environment ``a-b`` and of project ``b`` in
    environment ``a`` both have names that begin with ``airflow-a-b-``, such as the role of their tasks.
    """
    seen: dict[str, StackId] = {}
    prefixes = {(environment.prefix, environment.platform.account_id): environment.name for environment in environments}
    for environment in environments:
        for id in environment.stack_ids():
            file = sources[environment.name].file.parent / "projects" / f"{id.project}.tfvars"
            other = seen.setdefault(id.name, id)
            if other != id:
                where = f"{other.environment} / {other.project}"
                yield Problem(file, f"stack {id.name} is also a stack of {where}; rename the project")
            namesake = prefixes.get((id.prefix, environment.platform.account_id))
            if id.module == "workflows" and namesake:
                message = f"its AWS names begin with {id.prefix}, like the names of environment {namesake} in the same account"
                yield Problem(file, f"{message}; rename the project")
