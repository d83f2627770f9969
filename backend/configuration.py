"""Which configuration a state was made of: a digest of the synthesised stack, as a resource in its state.

It depends on every other resource, so Terraform writes it only once all of them are as configured: after a deploy that
failed halfway the state still has the digest of the one before. (An output would not do: Terraform 1.11 writes one whose
value it knows beforehand, whatever fails.) Whoever deploys, from whatever machine and by whatever command, writes it.
It stands in a file of its own, beside what it is the digest of.
"""

import hashlib
import json
from pathlib import Path

# https://developer.hashicorp.com/terraform/language/resources/terraform-data: it is nothing but an entry in the state.
KIND, ID = "terraform_data", "configuration"
FILE = "configuration.tf.json"


def stack_folders(output: Path) -> dict[str, Path]:
    """Where each stack of the last synthesis into ``output`` lies; folders of earlier ones stay, and are not named."""
    manifest = json.loads((output / "manifest.json").read_text())
    return {name: output / stack["workingDirectory"] for name, stack in manifest["stacks"].items()}


def record(output: Path) -> None:
    """Writes the digest of every stack of the synthesis in ``output``, for Terraform to take into the state."""
    for folder in stack_folders(output).values():
        text = (folder / "cdk.tf.json").read_bytes()
        digest = {"input": hashlib.sha256(text).hexdigest(), "depends_on": sorted(addresses(json.loads(text)))}
        (folder / FILE).write_text(json.dumps({"resource": {KIND: {ID: digest}}}, indent=2) + "\n")


def addresses(document: dict[str, dict[str, dict[str, object]]]) -> set[str]:
    """The resources of a synthesised stack, as Terraform names them."""
    return {f"{kind}.{id}" for kind, resources in document.get("resource", {}).items() for id in resources}


def recorded(folder: Path) -> str:
    """The digest that record() wrote."""
    return str(json.loads((folder / FILE).read_text())["resource"][KIND][ID]["input"])
