"""App for `cdktf --app`: the stack `local-platform` with few resources, each of which takes a while.

It writes what a synthesis writes, so that the engine runs real Terraform with the real provider on it.
"""

import json
import os
from pathlib import Path

NAME = "local-platform"
# Resources one after the other, and the seconds that each takes.
LENGTH, SECONDS = 8, int(os.environ.get("SMALL_SECONDS", "1"))
ACCOUNT, REGION = "000000000000", "us-east-1"


def document() -> dict[str, object]:
    parameters: dict[str, object] = {}
    waits: dict[str, object] = {}
    for number in range(LENGTH):
        before = [f"terraform_data.wait_{number - 1}"] if number else []
        parameters[f"part_{number}"] = {
            "name": f"/small/{number}",
            "type": "String",
            "insecure_value": os.environ.get("SMALL_VALUE", "one"),
            "depends_on": before,
        }
        sleep = {"command": f"sleep {SECONDS}"}
        waits[f"wait_{number}"] = {
            "depends_on": [f"aws_ssm_parameter.part_{number}"],
            "input": os.environ.get("SMALL_VALUE", "one"),
            "provisioner": [{"local-exec": sleep}, {"local-exec": {**sleep, "when": "destroy"}}],
        }
    backend = {
        "bucket": f"airflow-state-{ACCOUNT}-{REGION}",
        "key": "local/platform.tfstate",
        "region": REGION,
        "dynamodb_table": "airflow-state-lock",
        "use_lockfile": True,
        "use_path_style": True,
        "encrypt": True,
    }
    return {
        "terraform": {
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}},
            "backend": {"s3": backend},
        },
        "provider": {"aws": {"region": REGION, "s3_use_path_style": True}},
        "resource": {"aws_ssm_parameter": parameters, "terraform_data": waits},
    }


if __name__ == "__main__":
    output = Path(os.environ["CDKTF_OUTDIR"])
    folder = output / "stacks" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cdk.tf.json").write_text(json.dumps(document()))
    stack = {"name": NAME, "workingDirectory": f"stacks/{NAME}", "dependencies": [], "annotations": []}
    (output / "manifest.json").write_text(json.dumps({"stacks": {NAME: stack}}))
