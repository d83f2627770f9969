"""manifest.json of a synthesis: the stacks that it wrote, in the format of CDKTF 0.21."""

import json
from pathlib import Path
from typing import Any

Manifest = dict[str, Any]


def read(output: Path) -> Manifest:
    """Return the manifest of the synthesis in ``output``."""
    manifest: Manifest = json.loads((output / "manifest.json").read_text())
    return manifest


def entry(name: str) -> dict[str, object]:
    """Return the entry of a stack without dependencies."""
    folder = f"stacks/{name}"
    return {
        "annotations": [],
        "constructPath": name,
        "dependencies": [],
        "name": name,
        "stackMetadataPath": f"{folder}/metadata.json",
        "synthesizedStackPath": f"{folder}/cdk.tf.json",
        "workingDirectory": folder,
    }


def write(output: Path, manifest: Manifest) -> None:
    """Write the manifest byte for byte as CDKTF does."""
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False).replace("[]", "[\n      ]")
    (output / "manifest.json").write_text(text)
