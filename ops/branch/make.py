"""Creation of the folder of a branch environment."""

import json
import shutil
from collections.abc import Iterable
from datetime import date
from ipaddress import IPv4Network
from typing import Any

import jinja2

from configuration.environment import Environment
from configuration.load import PLATFORM_FILE, name_problems
from configuration.problems import ConfigError
from ops.branch import PREFIX, Engine
from ops.errors import OpsError
from ops.paths import ENVIRONMENTS, ROOT
from ops.stacks import selection

TEMPLATES = ROOT / "templates" / "branch"
# Private addresses that few networks use, split into ranges with room for about 200 tasks per zone.
ADDRESS_POOL, RANGE_PREFIX = IPv4Network("10.64.0.0/10"), 20


def create_branch(name: str, source: str, engine: Engine, expires: date) -> Environment:
    """Create the environment branch-<name> in the account of ``source``; raises OpsError or ConfigError without leaving files."""
    known = selection.environments()
    template = selection.environment(source)
    folder = ENVIRONMENTS / f"{PREFIX}{name}"
    if folder.exists():
        raise OpsError(
            f"{folder} already exists: choose another name, or delete it: pipenv run ops remove-branch {name}"
        )
    if problems := list(name_problems(folder, f"{PREFIX}{name}", "an environment")):
        raise ConfigError(*problems)
    text = render_platform(template, engine, expires, free_range(template, known.values()))
    folder.mkdir()
    (folder / PLATFORM_FILE).write_text(text)
    try:
        return selection.environment(folder.name)
    except ConfigError as error:
        shutil.rmtree(folder)
        # The message names the branch, because the file was just deleted.
        raise OpsError("\n".join(f"branch {name!r}: {problem.message}" for problem in error.problems)) from None


def render_platform(source: Environment, engine: Engine, expires: date, cidr: IPv4Network) -> str:
    """Return the text of platform.tfvars."""
    platform = source.platform
    vpc = platform.network.vpc
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - not HTML
    )
    environment.filters["hcl"] = _hcl
    return environment.get_template(PLATFORM_FILE).render(
        account=platform,
        expires=expires.isoformat(),
        cidr=str(cidr),
        # A load balancer requires two zones.
        zones=list(vpc.zones[:2]) if vpc else [f"{platform.region}{letter}" for letter in "ab"],
        allowed_cidrs=[str(cidr) for cidr in platform.entry.allowed_cidrs],
        open_to_the_internet=platform.entry.open_to_the_internet,
        engine=engine,
        airflow_version=platform.image.version,
    )


def free_range(source: Environment, known: Iterable[Environment]) -> IPv4Network:
    """Return the first range that overlaps no environment of the same account and region."""
    location = source.platform.location
    taken = [each.platform.network.cidr for each in known if each.platform.location == location]
    for candidate in ADDRESS_POOL.subnets(new_prefix=RANGE_PREFIX):
        if not any(candidate.overlaps(other) for other in taken):
            return candidate
    raise OpsError(
        f"the environments of account {location[0]} leave no range in {ADDRESS_POOL} free: delete one of them"
    )


def _hcl(value: Any) -> str:
    """Return a value in the syntax of tfvars, which differs from JSON for objects only."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_hcl(key)} = {_hcl(item)}" for key, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
