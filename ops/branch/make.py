"""Makes the folder of an environment for a branch."""

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
# Private addresses that few networks use, in pieces that hold some two hundred tasks a zone.
ADDRESS_POOL, RANGE_PREFIX = IPv4Network("10.64.0.0/10"), 20


def create_branch(name: str, source: str, engine: Engine, expires: date) -> Environment:
    """The new environment branch-<name>, in the account of ``source``; raises OpsError or ConfigError, and nothing is left."""
    known = selection.environments()
    template = selection.environment(source)
    folder = ENVIRONMENTS / f"{PREFIX}{name}"
    if folder.exists():
        raise OpsError(f"{folder} exists already: choose another name, or `pipenv run ops remove-branch {name}`")
    if problems := list(name_problems(folder, f"{PREFIX}{name}", "an environment")):
        raise ConfigError(*problems)
    text = render_platform(template, engine, expires, free_range(template, known.values()))
    folder.mkdir()
    (folder / PLATFORM_FILE).write_text(text)
    try:
        return selection.environment(folder.name)
    except ConfigError as error:
        shutil.rmtree(folder)
        # Not the file, which is gone again.
        raise OpsError("\n".join(f"branch {name!r}: {problem.message}" for problem in error.problems)) from None


def render_platform(source: Environment, engine: Engine, expires: date, cidr: IPv4Network) -> str:
    """The text of platform.tfvars."""
    platform = source.platform
    vpc = platform.network.vpc
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - what is written is no HTML
    )
    environment.filters["hcl"] = _hcl
    return environment.get_template(PLATFORM_FILE).render(
        account=platform,
        expires=expires.isoformat(),
        cidr=str(cidr),
        # The load balancer wants two.
        zones=list(vpc.zones[:2]) if vpc else [f"{platform.region}{letter}" for letter in "ab"],
        allowed_cidrs=[str(one) for one in platform.entry.allowed_cidrs],
        open_to_the_internet=platform.entry.open_to_the_internet,
        engine=engine,
        airflow_version=platform.image.version,
    )


def free_range(source: Environment, known: Iterable[Environment]) -> IPv4Network:
    """The first range that no environment of the same account and region has."""
    place = (source.platform.account_id, source.platform.region)
    taken = [one.platform.network.cidr for one in known if (one.platform.account_id, one.platform.region) == place]
    for piece in ADDRESS_POOL.subnets(new_prefix=RANGE_PREFIX):
        if not any(piece.overlaps(other) for other in taken):
            return piece
    raise OpsError(f"the environments of account {place[0]} leave no range of {ADDRESS_POOL} free: remove some of them")


def _hcl(value: Any) -> str:
    """A value as tfvars have it: JSON, but for objects."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_hcl(key)} = {_hcl(one)}" for key, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
