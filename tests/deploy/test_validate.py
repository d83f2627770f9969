"""Terraform validates every stack of every environment, and variants that no environment has."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ops.terraform import install
from tests.synthesised import Args, Synthesised
from tests.variants import Values, platform

# Variants that no environment has.
VARIANTS: dict[str, Values] = {
    "celery-elasticache": {"airflow": {"executor": "celery"}},
    "celery-container": {"airflow": {"executor": "celery"}, "celery": {"broker": "container"}},
    "celery-ecs": {"airflow": {"executor": "celery,ecs"}},
    "celery-instances": {"airflow": {"executor": "celery"}, "celery": {"workers": {"instances": {"max_count": 2}}}},
    "local": {"airflow": {"executor": "local"}},
    "bundles": {
        "bundles": {
            "sales": {"git": {"url": "https://github.com/example/sales.git", "private": True}},
            "weather": {"s3": {"bucket": "example-weather-dags"}},
        }
    },
    "postgres-container": {"database": {"container": {"engine": "postgres"}}, "protected": False},
    "mysql-container": {"database": {"container": {"engine": "mysql"}}, "protected": False},
}


def run(folder: Path, *arguments: str) -> str:
    variables = install.provider_settings()
    done = subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        env={**os.environ, **variables, "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def validated(documents: Mapping[str, Args], root: Path) -> Any:
    """Validate all documents in one run, each as a module, because most of the time is spent starting the provider."""
    modules, imports = {}, []
    for name, document in documents.items():
        document = json.loads(json.dumps(document))
        # Only a root module may have these two. `init` validates a backend: test_deploy.py runs it.
        del document["terraform"]["backend"]
        for one in document.pop("import", []):
            imports.append({**one, "to": f"module.{name}.{one['to']}"})
        (root / name).mkdir()
        (root / name / "cdk.tf.json").write_text(json.dumps(document))
        modules[name] = {"source": f"./{name}"}
    (root / "main.tf.json").write_text(json.dumps({"module": modules, "import": imports}))
    run(root, "init", "-backend=false", "-input=false")
    return json.loads(run(root, "validate", "-json"))


def test_every_stack_is_valid(stacks: Mapping[str, Synthesised], tmp_path: Path) -> None:
    assert len(stacks) == 12
    variants = {name: platform(**changes) for name, changes in VARIANTS.items()}
    assert not variants.keys() & stacks.keys()
    result = validated({name: stack.document for name, stack in {**stacks, **variants}.items()}, tmp_path)
    assert result["valid"], result
    assert result["diagnostics"] == []


def test_an_invalid_stack_is_found(stacks: Mapping[str, Synthesised], tmp_path: Path) -> None:
    documents = {name: json.loads(json.dumps(stacks[name].document)) for name in ("local-platform", "dev-platform")}
    documents["dev-platform"]["resource"]["aws_vpc"]["network"]["no_such_argument"] = 1
    result = validated(documents, tmp_path)
    assert {Path(one["range"]["filename"]).parent.name for one in result["diagnostics"]} == {"dev-platform"}
