"""A Terraform module as files: JSON that Terraform and OpenTofu read, and a README."""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdktf import App
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from module_export.merge import Document, merge
from module_export.variable import Variable

# What a construct is told by its configuration, and a module can ask: where it is applied.
ASKED = {"aws_caller_identity": "account_id", "aws_region": "name", "aws_partition": "partition"}
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Module:
    """What `make modules` writes to ``terraform/<name>``."""

    name: str
    description: str
    example: str
    variables: list[Variable]
    document: Document
    notes: Sequence[str] = ()
    """What it does not do that the stack does, and why."""

    def files(self) -> dict[str, str]:
        """The text of each file."""
        terraform = self.document["terraform"]
        main = {key: value for key, value in self.document.items() if key not in {"terraform", "output"}}
        asked: Document = {kind: {"current": {}} for kind in ASKED if f"data.{kind}.current." in json.dumps(main)}
        main["data"] = {**main.get("data", {}), **asked}
        return {
            "main.tf.json": _json(main),
            "variables.tf.json": _json({"variable": {one.name: one.document() for one in self.variables}}),
            "outputs.tf.json": _json({"output": self.document["output"]}),
            "versions.tf.json": _json({"terraform": terraform}),
            "README.md": self._readme(),
        }

    def _readme(self) -> str:
        templates = Environment(
            loader=FileSystemLoader(_HERE),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # noqa: S701 - Markdown
        )
        outputs = {name: output["description"] for name, output in sorted(self.document["output"].items())}
        rows = [(one, "required" if one.default is ... else f"`{json.dumps(one.default)}`") for one in self.variables]
        return templates.get_template("README.md.j2").render(
            module=self, rows=rows, outputs=outputs, terraform=self.document["terraform"]
        )


def synthesised(make: Callable[[App], object]) -> Document:
    """What ``make`` adds to an app, as the body of a module: without provider, backend, and cdktf's notes to itself."""
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder)
        make(app)
        app.synth()
        (file,) = Path(folder).glob("stacks/*/cdk.tf.json")
        document: Document = _without_notes(json.loads(file.read_text()))
    version = document["terraform"]["required_providers"]["aws"]["version"]
    document["terraform"] = {
        "required_version": document["terraform"]["required_version"],
        "required_providers": {"aws": {"source": "hashicorp/aws", "version": version}},
    }
    del document["provider"]
    return document


def either(condition: str, make: Callable[[bool], Document]) -> Document:
    """What ``make`` makes of a value that is true or false, decided by the condition when the module is applied."""
    return merge(make(False), {condition: make(True)})


def _without_notes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_notes(one) for key, one in value.items() if key != "//"}
    return [_without_notes(one) for one in value] if isinstance(value, list) else value


def _json(document: Document) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
