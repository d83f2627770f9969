"""Stacks as tests see them: the JSON that Terraform gets, by kind and logical id."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cdktf import App

Args = dict[str, Any]


@dataclass(frozen=True)
class Synthesised:
    """One stack, as it was written to cdk.tf.json."""

    name: str
    document: Args

    def resources(self, kind: str) -> dict[str, Args]:
        """The resources of that kind by logical id; none where the stack has none."""
        return dict(self.document.get("resource", {}).get(kind, {}))

    def only(self, kind: str) -> Args:
        """The one resource of that kind."""
        (one,) = self.resources(kind).values()
        return one

    def every_resource(self) -> Iterator[tuple[str, str, Args]]:
        """(kind, logical id, arguments) of all of them."""
        for kind, resources in self.document.get("resource", {}).items():
            for id, args in resources.items():
                yield kind, id, args

    @property
    def provider(self) -> Args:
        """The one AWS provider."""
        (provider,) = self.document["provider"]["aws"]
        return dict(provider)

    @property
    def tags(self) -> dict[str, str]:
        """The tags that the provider puts on everything."""
        (default_tags,) = self.provider["default_tags"]
        return dict(default_tags["tags"])

    @property
    def state(self) -> Args:
        """Where the state lies."""
        return dict(self.document["terraform"]["backend"]["s3"])

    @cached_property
    def containers(self) -> dict[str, dict[str, Args]]:
        """Containers by name, by the logical id of their task definition."""
        return {
            id: {one["name"]: one for one in json.loads(task["container_definitions"])}
            for id, task in self.resources("aws_ecs_task_definition").items()
        }


def environment_of(container: Args) -> dict[str, str]:
    """A container's plain variables."""
    return {one["name"]: one["value"] for one in container["environment"]}


def secrets_of(container: Args) -> dict[str, str]:
    """A container's injected variables, with where their values are."""
    return {one["name"]: one["valueFrom"] for one in container["secrets"]}


def statements_of(document: str) -> dict[str, Args]:
    """The statements of a policy document by sid."""
    return {one["Sid"]: one for one in json.loads(document)["Statement"]}


def synthesise(build: Callable[[App], object]) -> Mapping[str, Synthesised]:
    """What ``build`` adds to an app, synthesised, by stack name."""
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder)
        build(app)
        app.synth()
        files = sorted(Path(folder).glob("stacks/*/cdk.tf.json"))
        return {file.parent.name: Synthesised(file.parent.name, json.loads(file.read_text())) for file in files}
