"""Terraform itself accepts every stack of every environment."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ops import terraform
from tests.synthesised import Synthesised


def run(folder: Path, *arguments: str) -> str:
    variables, _ = terraform.provider_settings()
    done = subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        env={**os.environ, **variables, "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_every_stack_is_valid(stacks: Mapping[str, Synthesised], tmp_path: Path) -> None:
    findings = {}
    assert len(stacks) == 12
    for name, stack in stacks.items():
        (tmp_path / "cdk.tf.json").write_text(json.dumps(stack.document))
        if not (tmp_path / ".terraform").exists():  # they need the same provider: once is enough
            run(tmp_path, "init", "-backend=false", "-input=false")
        result = json.loads(run(tmp_path, "validate", "-json"))
        findings[name] = [(one["summary"], one.get("detail")) for one in result["diagnostics"]]
        assert result["valid"], findings[name]
    assert {name: found for name, found in findings.items() if found} == {}


def test_an_invalid_stack_would_be_found(stacks: Mapping[str, Synthesised], tmp_path: Path) -> None:
    document = json.loads(json.dumps(stacks["local-platform"].document))
    document["resource"]["aws_vpc"]["network_vpc"]["no_such_argument"] = 1
    (tmp_path / "cdk.tf.json").write_text(json.dumps(document))
    run(tmp_path, "init", "-backend=false", "-input=false")
    assert not json.loads(run(tmp_path, "validate", "-json"))["valid"]
