"""Synthesised stacks: the JSON that Terraform gets, by resource kind and logical id."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from cdktf import App

Args = dict[str, Any]


@dataclass(frozen=True)
class Synthesised:
    """Stack as written to cdk.tf.json."""

    name: str
    document: Args

    def resources(self, kind: str, *, allow_empty: bool = False) -> dict[str, Args]:
        """Return the resources of a kind by logical id.

        Fail if the AWS provider has no such kind, and if the stack has no such resource, unless `allow_empty`.
        """
        assert kind in provider_kinds(), f"the AWS provider has no resource {kind}"
        found = dict(self.document["resource"].get(kind, {}))
        assert found or allow_empty, f"{self.name} has no {kind}"
        return found

    def has(self, kind: str) -> bool:
        """Return whether the stack has a resource of a kind; fail if the AWS provider has no such kind."""
        return bool(self.resources(kind, allow_empty=True))

    def only(self, kind: str) -> Args:
        """Return the arguments of the single resource of a kind."""
        found = self.resources(kind)
        assert len(found) == 1, f"{self.name} has {len(found)} {kind}: {sorted(found)}"
        return next(iter(found.values()))

    def every_resource(self) -> list[tuple[str, str, Args]]:
        """Return kind, logical id and arguments of every resource; fail if the stack has none."""
        found = [
            (kind, id, args) for kind, resources in self.document["resource"].items() for id, args in resources.items()
        ]
        assert found, f"{self.name} has no resources"
        return found

    @property
    def provider(self) -> Args:
        """Arguments of the AWS provider, of which a stack has exactly one."""
        (provider,) = self.document["provider"]["aws"]
        return dict(provider)

    @property
    def tags(self) -> dict[str, str]:
        """Tags that the provider sets on every resource."""
        (default_tags,) = self.provider["default_tags"]
        return dict(default_tags["tags"])

    @property
    def state(self) -> Args:
        """Arguments of the S3 backend."""
        return dict(self.document["terraform"]["backend"]["s3"])

    @cached_property
    def containers(self) -> dict[str, dict[str, Args]]:
        """Containers by name, in a mapping by the logical id of their task definition."""
        return {
            id: {one["name"]: one for one in json.loads(task["container_definitions"])}
            for id, task in self.resources("aws_ecs_task_definition").items()
        }


@cache
def provider_kinds() -> frozenset[str]:
    """Return the resource kinds of the AWS provider; its bindings have one folder for each."""
    bindings = Path(str(distribution("cdktf-cdktf-provider-aws").locate_file("cdktf_cdktf_provider_aws")))
    return frozenset(f"aws_{one.name}" for one in bindings.iterdir() if not one.name.startswith(("_", "data_aws_")))


def environment_of(container: Args) -> dict[str, str]:
    """Return a container's plain variables."""
    return {one["name"]: one["value"] for one in container["environment"]}


def secrets_of(container: Args) -> dict[str, str]:
    """Return a container's injected variables, with the ARNs of their values."""
    return {one["name"]: one["valueFrom"] for one in container["secrets"]}


def statements_of(document: str) -> dict[str, Args]:
    """Return the statements of a policy document by sid."""
    return {one["Sid"]: one for one in json.loads(document)["Statement"]}


def synthesise(build: Callable[[App], object]) -> Mapping[str, Synthesised]:
    """Return the stacks that `build` adds to an app, synthesised, by name."""
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder)
        build(app)
        app.synth()
        files = sorted(Path(folder).glob("stacks/*/cdk.tf.json"))
        return {file.parent.name: Synthesised(file.parent.name, json.loads(file.read_text())) for file in files}
