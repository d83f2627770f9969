"""A Terraform module as files: its configuration, and a README."""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cdktf import App
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from module_export.hcl import configuration
from module_export.merge import Document
from module_export.values import decoded, parts
from module_export.variable import Variable
from modules.moved import Moved, moved_blocks_without_keys

_HERE = Path(__file__).parent
# Where a module is applied: a stack's configuration has these, a module reads them from its provider.
_PLACE = {
    "account_id": "${data.aws_caller_identity.current.account_id}",
    "partition": "${data.aws_partition.current.partition}",
    "region": "${data.aws_region.current.name}",
}


@dataclass(frozen=True)
class Module:
    """One folder of ``terraform/``."""

    name: str
    description: str
    example: str
    variables: list[Variable]
    document: Document
    notes: Sequence[str] = ()
    """What the stack does and the module does not, and why."""
    moved: Moved = field(default_factory=dict)
    """Old and new addresses of the stack's renamed resources."""

    def files(self) -> dict[str, str]:
        """Return the text of each file."""
        main = {key: value for key, value in self.document.items() if key not in {"terraform", "output"}}
        references = [
            {end: f"${{{address}}}" for end, address in block.items()}
            for block in moved_blocks_without_keys(self.moved)
        ]
        sections = {
            "main.tf": {**main, "moved": references},
            "variables.tf": {"variable": {one.name: one.document() for one in self.variables}},
            "outputs.tf": {"output": self.document["output"]},
            "versions.tf": {"terraform": self.document["terraform"]},
        }
        note = f"# Written by `make modules` from modules/{self.name}: change that, not this file.\n\n"
        return {
            **{file: note + configuration(document) for file, document in sections.items()},
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
    """Return what ``make`` adds to an app as the body of a module, with data in place of JSON texts.

    It has neither provider nor backend: those are the caller's.
    """
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder)
        make(app)
        app.synth()
        (file,) = Path(folder).glob("stacks/*/cdk.tf.json")
        document: Document = decoded(_without_notes(json.loads(file.read_text())))
    version = document["terraform"]["required_providers"]["aws"]["version"]
    document["terraform"] = {
        "required_version": document["terraform"]["required_version"],
        "required_providers": {"aws": {"source": "hashicorp/aws", "version": version}},
    }
    del document["provider"]
    document.pop("moved", None)
    return document


def with_place(document: Document) -> Document:
    """Return the document with the locals of ``_PLACE`` that it uses, and the data sources that these read."""
    texts = [one for one in parts(document) if isinstance(one, str)]
    used = {name: value for name, value in _PLACE.items() if any(f"local.{name}" in text for text in texts)}
    sources: Document = {value.split(".")[1]: {"current": {}} for value in used.values()}
    return {
        **document,
        "locals": {**used, **document.get("locals", {})},
        "data": {**document.get("data", {}), **sources},
    }


def _without_notes(value: object) -> object:
    """Return the value without the comments that cdktf writes into it."""
    if isinstance(value, dict):
        return {key: _without_notes(one) for key, one in value.items() if key != "//"}
    return [_without_notes(one) for one in value] if isinstance(value, list) else value
