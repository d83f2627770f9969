"""Single stacks from small configurations: a test passes only the values that it is about."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from cdktf import App

from modules.infrastructure.infrastructure import Infrastructure
from modules.platform.config import PlatformConfig
from modules.platform.platform import Platform
from modules.project import ProjectConfig
from modules.stack_id import StackId
from modules.workflows.workflows import Workflows
from tests.synthesised import Synthesised, synthesise

Values = dict[str, Any]

OWN_VPC: Values = {"cidr": "10.20.0.0/16", "zones": ["us-east-1a", "us-east-1b"]}
EXISTING_VPC: Values = {
    "vpc_id": "vpc-0a1b2c3d",
    "cidr": "10.40.0.0/16",
    "public_subnet_ids": ["subnet-0a", "subnet-0b"],
    "private_subnet_ids": ["subnet-0c", "subnet-0d"],
}
CERTIFICATE = "arn:aws:acm:us-east-1:111111111111:certificate/00000000-0000-0000-0000-000000000000"
PLATFORM: Values = {
    "account_id": "111111111111",
    "region": "us-east-1",
    "owner": "platform-team@example.org",
    "network": {"vpc": OWN_VPC},
    "entry": {
        "allowed_cidrs": ["198.51.100.0/24"],
        "certificate_arn": CERTIFICATE,
        "domain": "airflow.example.org",
    },
}
PROJECT: Values = {
    "owner": "weather-team@example.org",
    "repository": {"url": "https://github.com/example/weather.git"},
}


def merged(values: Values, changes: Mapping[str, Any]) -> Values:
    """Return `values` with `changes` merged in at any depth; a change to None deletes the key."""
    result = dict(values)
    for key, change in changes.items():
        if isinstance(change, Mapping) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], change)
        elif change is None:
            result.pop(key, None)
        else:
            result[key] = change
    return result


def platform_config(**changes: Any) -> PlatformConfig:
    """Return the configuration PLATFORM with these changes."""
    return PlatformConfig.model_validate_json(json.dumps(merged(PLATFORM, changes)))


def project_config(**changes: Any) -> ProjectConfig:
    """Return the configuration PROJECT with these changes."""
    return ProjectConfig.model_validate_json(json.dumps(merged(PROJECT, changes)))


def platform(**changes: Any) -> Synthesised:
    """Return the stack test-platform; each variant is synthesised once."""
    return _platform(platform_config(**changes).model_dump_json())


def infrastructure(project: str = "weather", **changes: Any) -> Synthesised:
    """Return the stack test-<project>-infrastructure; each variant is synthesised once."""
    return _project("infrastructure", project, project_config(**changes).model_dump_json())


def workflows(project: str = "weather", **changes: Any) -> Synthesised:
    """Return the stack test-<project>-workflows; each variant is synthesised once."""
    return _project("workflows", project, project_config(**changes).model_dump_json())


@cache
def _platform(config: str) -> Synthesised:
    def build(app: App) -> None:
        Platform(app, StackId("test", "platform"), PlatformConfig.model_validate_json(config))

    return _only(synthesise(build))


@cache
def _project(module: str, project: str, config: str) -> Synthesised:
    def build(app: App) -> None:
        kind = Infrastructure if module == "infrastructure" else Workflows
        id = StackId("test", module, project)
        kind(app, id, ProjectConfig.model_validate_json(config), account=platform_config())

    return _only(synthesise(build))


def _only(stacks: Mapping[str, Synthesised]) -> Synthesised:
    (stack,) = stacks.values()
    return stack
