"""Terraform states as deploys leave them."""

import json
from collections.abc import Mapping
from pathlib import Path

from backend.digests import read_digest
from configuration.load import load
from ops.stacks.selection import all_stacks
from tests.checkout import Checkout

BUCKET, TABLE = "airflow-state-000000000000-us-east-1", "airflow-state-lock"
PLATFORM, CONTRACT = "local-platform", "/airflow-local/platform"


def state(name: str, folder: Path, contract: str) -> str:
    """Return the state that a deploy of the stack in `folder` leaves, if `contract` is the platform's contract."""
    made = json.loads((folder / "cdk.tf.json").read_text())["resource"]
    found = [("managed", kind, id, {"name": id}) for kind, ids in made.items() for id in ids]
    found.append(("managed", "terraform_data", "configuration", {"output": {"value": read_digest(folder)}}))
    mode = "managed" if name == PLATFORM else "data"
    found.append((mode, "aws_ssm_parameter", "published_contract", {"name": CONTRACT, "insecure_value": contract}))
    return json.dumps(
        {
            "resources": [
                {"mode": mode, "type": kind, "name": id, "instances": [{"attributes": attributes}]}
                for mode, kind, id, attributes in found
            ]
        }
    )


def put(checkout: Checkout, states: Mapping[str, str]) -> None:
    """Put states, by the names of their stacks, into the bucket, and their digests into the lock table."""
    keys = {stack.name: stack.state_key for stack in all_stacks(load(checkout.path / "environments"))}
    s3, dynamodb = checkout.client("s3"), checkout.client("dynamodb")
    for name, text in states.items():
        s3.put_object(Bucket=BUCKET, Key=keys[name], Body=text.encode())
        digest = {"LockID": {"S": f"{BUCKET}/{keys[name]}-md5"}, "Digest": {"S": "Terraform's business"}}
        dynamodb.put_item(TableName=TABLE, Item=digest)
