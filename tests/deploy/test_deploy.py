"""Terraform and the AWS provider deploy the environment `local` to the local AWS.

All tests of this file share one deploy. test_afterwards.py changes and destroys a deployment.
"""

import getpass
import json
import os
import re
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.checkout import Checkout
from tests.ops.deployed_states import BUCKET, TABLE

STACKS = ("local-platform", "local-weather-infrastructure", "local-weather-workflows")
PLAN = "plan"


def test_the_demo_shows_what_it_deployed(demo: str) -> None:
    for expected in (
        "control plane only",
        "http://airflow-local-entry.alb.localhost:",
        "airflow-local-weather-files-000000000000",
        "airflow-local-weather-target.cluster-",
        "airflow-local-airflow",
        "local/weather/workflows.tfstate",
        "Deployed",
    ):
        assert expected in demo


@pytest.fixture(scope="module")
def diff(checkout: Checkout, demo: str) -> str:
    """Output of `cdktf diff` for every stack."""
    return checkout.cdktf("diff", "local-*").stdout


@pytest.fixture(scope="module")
def planned(checkout: Checkout, demo: str) -> dict[str, Path]:
    """A folder for each stack, with what `cdktf synth` has written and a saved plan of it."""
    checkout.cdktf("synth")
    folders = {stack: checkout.path / "cdktf.out/stacks" / stack for stack in STACKS}
    for folder in folders.values():
        for arguments in (["init"], ["plan", f"-out={PLAN}"]):
            subprocess.run(
                ["terraform", *arguments, "-input=false"], cwd=folder, env=terraform_variables(checkout), check=True
            )
    return folders


def terraform_variables(checkout: Checkout) -> dict[str, str]:
    configuration = {"TF_CLI_CONFIG_FILE": str(checkout.path / ".cache/terraform.tfrc")}
    return checkout.local_aws.isolate(os.environ) | configuration


def test_a_second_plan_of_every_stack_is_empty(diff: str) -> None:
    assert diff.count("No changes. Your infrastructure matches the configuration.") == len(STACKS)


def test_show_prints_the_values_of_its_table_as_json(checkout: Checkout, demo: str) -> None:
    found = json.loads(checkout.ops("show", "local", "--json").stdout)
    assert found["runtime"].startswith("control plane only")
    assert found["platform"]["url"].startswith("http://airflow-local-entry.alb.localhost:")
    assert found["projects"]["weather"]["bucket"] == "airflow-local-weather-files-000000000000"
    assert all(found["states"].values())


def test_no_secret_is_in_a_state_a_plan_or_a_log(
    checkout: Checkout, diff: str, planned: dict[str, Path], secrets: dict[str, bytes]
) -> None:
    texts = {"the diff": diff.encode()}
    texts |= {file.name: file.read_bytes() for file in checkout.path.glob(".local/runs/*/*.log")}
    assert {f"{stack}.log" for stack in STACKS} <= texts.keys()
    s3 = checkout.client("s3")
    for version in s3.list_object_versions(Bucket=BUCKET)["Versions"]:
        body = s3.get_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])["Body"].read()
        texts[f"{version['Key']} {version['VersionId']}"] = body
    for stack, folder in planned.items():
        # Everything that `terraform show` could print; secrets are letters and digits, which no encoding changes.
        with zipfile.ZipFile(folder / PLAN) as plan:
            texts |= {f"{stack}, {name}": plan.read(name) for name in plan.namelist()}
    assert {f"{stack}, tfplan" for stack in STACKS} <= texts.keys()
    assert len(secrets) >= 8
    assert [(name, where) for name, value in secrets.items() for where, text in texts.items() if value in text] == []


def test_the_fernet_key_has_32_bytes(checkout: Checkout, demo: str) -> None:
    import base64

    key = checkout.client("secretsmanager").get_secret_value(SecretId="airflow-local/fernet-key")["SecretString"]
    assert len(base64.urlsafe_b64decode(key)) == 32


def test_the_database_url_has_the_password_of_the_database(checkout: Checkout, demo: str) -> None:
    secrets = checkout.client("secretsmanager")
    password = secrets.get_secret_value(SecretId="airflow-local/database-password")["SecretString"]
    url = secrets.get_secret_value(SecretId="airflow-local/database-url")["SecretString"]
    assert url.startswith(f"postgresql+psycopg2://airflow:{password}@")
    assert url.endswith("/airflow?sslmode=require")


def test_of_two_concurrent_applies_one_is_refused_with_the_lock_holder(
    checkout: Checkout, planned: dict[str, Path]
) -> None:
    stack = "local-weather-workflows"
    started = [sys.executable, "-c", HOLD_THE_LOCK, str(planned[stack])]
    holder = subprocess.Popen(
        started, env=terraform_variables(checkout), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        refused = [
            checkout.cdktf("deploy", stack, "--auto-approve", code=1),
            checkout.cdktf("diff", stack, code=1),
            checkout.ops("deploy", "local", "--auto-approve", code=1),
        ]
    finally:
        holder.communicate("go\n", timeout=60)
    assert holder.returncode == 0
    expected = (
        rf"Error acquiring the state lock of {BUCKET}/local/weather/workflows\.tfstate: "
        rf"{getpass.getuser()}@{socket.gethostname()} holds it since 20\S+ \S+ \+0000 UTC for an apply "
        r"by `terraform -chdir=\S+ apply -destroy -no-color` \(pid \d+\), lock [0-9a-f-]{36}; wait until"
    )
    for one in refused:
        assert re.search(expected, one.stdout), one.stdout


# Terraform holds the lock while it waits for approval: the test decides for how long.
HOLD_THE_LOCK = """
import subprocess, sys
apply = ["terraform", f"-chdir={sys.argv[1]}", "apply", "-destroy", "-no-color"]
process = subprocess.Popen(apply, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
seen = ""
while "Enter a value" not in seen:
    character = process.stdout.read(1)
    if not character:
        sys.exit(f"terraform ended without asking: {seen}")
    seen += character
print("holding", flush=True)
sys.stdin.readline()
process.communicate("no\\n")
"""


def test_a_platform_of_another_contract_version_is_refused(checkout: Checkout, demo: str) -> None:
    ssm = checkout.client("ssm")
    published = ssm.get_parameter(Name="/airflow-local/platform")["Parameter"]["Value"]
    newer = json.dumps({**json.loads(published), "version": 99})
    ssm.put_parameter(Name="/airflow-local/platform", Value=newer, Type="String", Overwrite=True)
    try:
        refused = checkout.cdktf("deploy", "local-weather-workflows", "--auto-approve", "--no-color", code=1)
    finally:
        ssm.put_parameter(Name="/airflow-local/platform", Value=published, Type="String", Overwrite=True)
    output = " ".join((refused.stdout + refused.stderr).split())
    assert "has contract version 99, this project knows version 1" in output


def test_a_state_without_a_digest_is_refused(checkout: Checkout, demo: str) -> None:
    dynamodb, key = checkout.client("dynamodb"), "local/weather/workflows.tfstate"
    row = dynamodb.get_item(TableName=TABLE, Key={"LockID": {"S": f"{BUCKET}/{key}-md5"}})["Item"]
    dynamodb.delete_item(TableName=TABLE, Key={"LockID": row["LockID"]})
    try:
        refused = checkout.cdktf("deploy", "local-weather-workflows", "--auto-approve", code=1)
    finally:
        dynamodb.put_item(TableName=TABLE, Item=row)
    assert f"local-weather-workflows: failed, s3://{BUCKET}/{key} has no digest in the table {TABLE}" in refused.stdout
    assert refused.stderr == "error: failed: local-weather-workflows\n"


def test_a_state_that_was_rolled_back_is_refused(checkout: Checkout, demo: str) -> None:
    s3, key = checkout.client("s3"), "local/weather/workflows.tfstate"
    newest = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    s3.put_object(Bucket=BUCKET, Key=key, Body=newest.replace(b'"serial": ', b'"serial":'))
    try:
        refused = checkout.cdktf("diff", "local-weather-workflows", "--no-color", code=1)
    finally:
        s3.put_object(Bucket=BUCKET, Key=key, Body=newest)
    assert "does not have the expected content" in " ".join((refused.stdout + refused.stderr).split())


def test_cdktf_output_writes_what_was_deployed(checkout: Checkout, demo: str) -> None:
    file = checkout.path / "outputs.json"
    checkout.cdktf("output", "local-*", "--outputs-file", str(file))
    outputs = json.loads(file.read_text())
    assert set(outputs) == set(STACKS)
    assert outputs["local-weather-workflows"]["registration"] == "/airflow-local/projects/weather"


def test_the_registry_lists_the_project(checkout: Checkout, demo: str) -> None:
    parameter = checkout.client("ssm").get_parameter(Name="/airflow-local/projects/weather")["Parameter"]["Value"]
    entry = json.loads(parameter)
    run = entry["executor_config"]
    assert run["taskDefinition"] == "airflow-local-weather-task"
    groups = run["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
    assert [group[:3] for group in groups] == ["sg-", "sg-"]
    assert entry["repository"]["branch"] == "main"


def test_teardown_refuses_a_remote_state_in_use(checkout: Checkout, demo: str) -> None:
    refused = checkout.ops("teardown", "local", code=1).stderr
    assert refused.startswith(f"error: bucket {BUCKET} still holds the state of local/platform")
    assert refused.count("\n") == 1
