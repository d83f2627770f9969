"""Digest of a synthesised stack, stored as a resource in its own Terraform state.

The digest resource depends on every other resource of the stack, so Terraform writes it only after all of them were
applied: after a failed deploy the state still has the digest of the last complete one. (Terraform 1.11 writes an output
whose value is known beforehand even when resources fail, so an output would not do.) Every deploy writes it, from any
machine and with any command. The resource is in a separate file, next to the ``cdk.tf.json`` from which it is computed.
"""

import hashlib
import json
from pathlib import Path

# https://developer.hashicorp.com/terraform/language/resources/terraform-data: an entry in the state, nothing in AWS.
RESOURCE_TYPE, RESOURCE_NAME = "terraform_data", "configuration"
FILE = "configuration.tf.json"


def stack_folders(output: Path) -> dict[str, Path]:
    """Return the folder of each stack of the last synthesis into ``output``; earlier syntheses leave folders too."""
    manifest = json.loads((output / "manifest.json").read_text())
    return {name: output / stack["workingDirectory"] for name, stack in manifest["stacks"].items()}


def write_digests(output: Path) -> None:
    """Write the digest of every stack synthesised into ``output`` as a resource, which Terraform stores in the state."""
    for folder in stack_folders(output).values():
        text = (folder / "cdk.tf.json").read_bytes()
        digest = {"input": hashlib.sha256(text).hexdigest(), "depends_on": sorted(resource_addresses(json.loads(text)))}
        (folder / FILE).write_text(json.dumps({"resource": {RESOURCE_TYPE: {RESOURCE_NAME: digest}}}, indent=2) + "\n")


def resource_addresses(document: dict[str, dict[str, dict[str, object]]]) -> set[str]:
    """Return the Terraform addresses of the resources of a synthesised stack."""
    return {f"{kind}.{id}" for kind, resources in document.get("resource", {}).items() for id in resources}


def read_digest(folder: Path) -> str:
    """Return the digest that write_digests() wrote for the stack in ``folder``."""
    return str(json.loads((folder / FILE).read_text())["resource"][RESOURCE_TYPE][RESOURCE_NAME]["input"])
