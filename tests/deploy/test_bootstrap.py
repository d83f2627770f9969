"""Bootstrap of the remote state finishes when it is killed at any step and run again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.checkout import Checkout
from tests.ops.deployed_states import BUCKET, TABLE

pytestmark = pytest.mark.slow

KEY = "backend.tfstate"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    copy = Checkout.make(tmp_path_factory.mktemp("bootstrap"))
    copy.ops("local-aws", "start")
    yield copy
    copy.ops("local-aws", "stop")


def kill_when(checkout: Checkout, text: str) -> None:
    """Start a bootstrap; kill it and all its children once its log contains `text`."""
    logs = checkout.path / ".local/runs"
    before = set(logs.glob("*/*.log"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "NODE_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "fast_synth", "-m", "ops", "bootstrap", "local"],
        cwd=checkout.path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 300
        while not any(text in log.read_text() for log in set(logs.glob("*/*.log")) - before):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children with SIGKILL."""
    parent = psutil.Process(process.pid)
    family: set[psutil.Process] = set()
    # Stop it first, so that it cannot start another child meanwhile, which would survive.
    while new := {parent, *parent.children(recursive=True)} - family:
        send(new, signal.SIGSTOP)
        family |= new
    send(family, signal.SIGKILL)
    process.wait()
    psutil.wait_procs(family, timeout=10)


def send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def test_it_starts_with_a_bucket_and_no_table_as_an_earlier_run_may_have_left_it(checkout: Checkout) -> None:
    checkout.client("s3").create_bucket(Bucket=BUCKET)
    assert checkout.client("dynamodb").list_tables()["TableNames"] == []


@pytest.mark.parametrize("moment", ["Initializing the backend", "Creating...", "aws_iam_policy", "Still creating"])
def test_it_is_killed_at_each_step(checkout: Checkout, moment: str) -> None:
    kill_when(checkout, moment)


def test_the_next_run_finishes(checkout: Checkout) -> None:
    checkout.ops("bootstrap", "local")
    s3 = checkout.client("s3")
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"]
    policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["TlsOnly"]
    state = json.loads(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
    assert {"aws_s3_bucket", "aws_dynamodb_table", "aws_iam_policy"} <= {one["type"] for one in state["resources"]}
    locks = checkout.client("dynamodb").scan(TableName=TABLE)["Items"]
    assert [row["LockID"]["S"] for row in locks] == [f"{BUCKET}/{KEY}-md5"]


def test_another_run_changes_nothing(checkout: Checkout) -> None:
    output = checkout.ops("bootstrap", "local").stdout
    assert "nothing changed" in output
    assert "created" not in output


def test_the_lock_of_another_process_is_not_released(checkout: Checkout) -> None:
    dynamodb = checkout.client("dynamodb")
    info = {"ID": "1234", "Operation": "OperationTypeApply", "Who": "ann@elsewhere", "Version": "1.11.4",
            "Created": "2026-01-01T00:00:00Z", "Path": f"{BUCKET}/{KEY}", "Info": ""}  # fmt: skip
    row = {"LockID": {"S": f"{BUCKET}/{KEY}"}, "Info": {"S": json.dumps(info)}}
    dynamodb.put_item(TableName=TABLE, Item=row)
    refused = checkout.ops("bootstrap", "local", code=1).stderr
    assert "Error acquiring the state lock" in refused
    assert dynamodb.get_item(TableName=TABLE, Key={"LockID": row["LockID"]})["Item"] == row
    dynamodb.delete_item(TableName=TABLE, Key={"LockID": row["LockID"]})


def test_bucket_and_table_are_created_with_tags(checkout: Checkout) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in checkout.client("s3").get_bucket_tagging(Bucket=BUCKET)["TagSet"]}
    assert tags["ManagedBy"] == "cdktf"
    assert tags["Owner"] == "you@localhost"


def test_teardown_deletes_bucket_and_table(checkout: Checkout) -> None:
    checkout.ops("teardown", "local")
    assert checkout.client("s3").list_buckets()["Buckets"] == []
    assert checkout.client("dynamodb").list_tables()["TableNames"] == []
    assert checkout.client("iam").list_policies(Scope="Local")["Policies"] == []
    assert "was not there" in checkout.ops("teardown", "local").stdout
    assert not Path(checkout.path, ".local/teardown/backend-000000000000-us-east-1").exists()
