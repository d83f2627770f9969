"""`ops deploy` of many stacks, with a fake Terraform that records its calls: selection, order, failures, interrupts."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from threading import Timer

import pytest

from backend.bootstrap import bootstrap
from backend.digests import read_digest, stack_folders
from configuration.load import load
from ops.interrupts import Interrupts
from ops.terraform.process import run_terraform
from tests.checkout import Checkout
from tests.ops.deployed_states import BUCKET, PLATFORM, TABLE, put, state
from tests.ops.test_missing import only_line

pytestmark = pytest.mark.slow

PROJECTS = ("hail", "rain", "snow")
# Records the start and end of each apply, and each interrupt. It fails for the stack in FAIL, and waits at the stack in
# WAIT. An apply takes LASTS seconds; the platform's apply writes the state in the file LEAVES.
TERRAFORM = """\
#!/bin/sh
stack=$(basename "$PWD")
case $1 in
  version) echo '{"terraform_version": "1.11.4"}' ;;
  apply)
    echo "$stack" >>"$NOTES/begun"
    echo +1 >>"$NOTES/at-once"
    sleep ${LASTS:-0}
    if [ "$stack" = local-platform ] && [ "$LEAVES" ]; then python -c "$PUT"; fi
    echo -1 >>"$NOTES/at-once"
    if [ "$stack" = "$WAIT" ]; then
      trap 'echo "$stack" >>"$NOTES/ended"' INT
      touch "$NOTES/waiting"
      echo '{}'
      until [ -e "$NOTES/saved" ]; do sleep 0.1; done
      exit 1
    fi
    if [ "$stack" = "$FAIL" ]; then
      echo '{"type": "diagnostic", "diagnostic": {"severity": "error", "summary": "No luck", "detail": "Try again."}}'
      exit 1
    fi
    echo '{"type": "change_summary", "changes": {"add": 2, "change": 1, "remove": 0, "operation": "apply"}}' ;;
esac
"""
PUT = f"""\
import boto3, os, pathlib
body = pathlib.Path(os.environ["LEAVES"]).read_bytes()
boto3.client("s3").put_object(Bucket="{BUCKET}", Key="local/platform.tfstate", Body=body)
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    copy = Checkout.make(tmp_path_factory.mktemp("many"))
    projects = copy.path / "environments/local/projects"
    text = (projects / "weather.tfvars").read_text()
    (projects / "weather.tfvars").unlink()
    for project in PROJECTS:
        (projects / f"{project}.tfvars").write_text(text)
    copy.ops("local-aws", "start")
    bootstrap(copy.client, load(copy.path / "environments")["local"].platform, {})
    yield copy
    copy.ops("local-aws", "stop")


@pytest.fixture
def fake(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/terraform").write_text(TERRAFORM)
    (tmp_path / "bin/terraform").chmod(0o755)
    return {"NOTES": str(tmp_path), "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}


def begun(fake: dict[str, str]) -> list[str]:
    return (Path(fake["NOTES"]) / "begun").read_text().split()


def outcomes(text: str) -> dict[str, str]:
    return {one["stack"]: one["outcome"] for one in json.loads(text)}


DEPLOY = ("python", "-m", "fast_synth", "-m", "ops", "deploy", "local", "--changed", "--auto-approve", "--json")


def deploy(
    checkout: Checkout, fake: dict[str, str], code: int, *words: str, **more: str
) -> subprocess.CompletedProcess[str]:
    command = 'PATH="$NOTES/bin:$PATH" exec "$@"'
    return checkout.run("sh", "-c", command, "sh", *DEPLOY, *words, code=code, NOTES=fake["NOTES"], **more)


@pytest.fixture
def folders(checkout: Checkout) -> Iterator[dict[str, Path]]:
    """Return the synthesised folder of every stack; afterwards delete the states that the test stored in the bucket."""
    checkout.cdktf("synth")
    found = stack_folders(checkout.path / "cdktf.out")
    yield {name: folder for name, folder in found.items() if name.startswith(("local-", "backend-000000000000"))}
    s3 = checkout.client("s3")
    for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=one["Key"])


def test_stacks_are_deployed_after_the_stacks_that_they_depend_on(checkout: Checkout, fake: dict[str, str]) -> None:
    done = deploy(checkout, fake, 0)
    order = begun(fake)
    assert set(order[:2]) == {"local-platform", "backend-000000000000-us-east-1"}
    assert set(order[2:5]) == {f"local-{project}-infrastructure" for project in PROJECTS}
    assert set(order[5:]) == {f"local-{project}-workflows" for project in PROJECTS}
    assert set(outcomes(done.stdout).values()) == {"deployed"}
    assert json.loads(done.stdout)[0]["counts"] == {"added": 2, "changed": 1, "destroyed": 0}
    assert "local-rain-workflows: deployed, 2 added, 1 changed" in done.stderr


def test_after_a_failure_only_dependent_stacks_are_skipped(checkout: Checkout, fake: dict[str, str]) -> None:
    done = deploy(checkout, fake, 1, FAIL="local-rain-infrastructure")
    expected = dict.fromkeys(outcomes(done.stdout), "deployed")
    expected |= {"local-rain-infrastructure": "failed", "local-rain-workflows": "skipped"}
    assert outcomes(done.stdout) == expected
    assert len(expected) == 8
    why = {one["stack"]: one["why"] for one in json.loads(done.stdout)}
    assert why["local-rain-infrastructure"].startswith("terraform apply failed: No luck: Try again. (log: ")
    assert why["local-rain-workflows"] == "builds on local-rain-infrastructure, which was not deployed"
    assert "local-rain-workflows" not in begun(fake)


def test_after_a_failed_platform_all_stacks_of_its_environment_are_skipped(
    checkout: Checkout, fake: dict[str, str]
) -> None:
    done = deploy(checkout, fake, 1, FAIL="local-platform")
    assert sorted(begun(fake)) == ["backend-000000000000-us-east-1", "local-platform"]
    assert list(outcomes(done.stdout).values()).count("skipped") == 6


def test_after_an_error_of_aws_only_dependent_stacks_are_skipped(
    checkout: Checkout, fake: dict[str, str], folders: dict[str, Path]
) -> None:
    put(checkout, {"local-rain-infrastructure": "{}"})
    checkout.client("dynamodb").delete_table(TableName=TABLE)
    try:
        done = deploy(checkout, fake, 1)
    finally:
        bootstrap(checkout.client, load(checkout.path / "environments")["local"].platform, {})
    expected = dict.fromkeys(folders, "deployed")
    expected |= {"local-rain-infrastructure": "failed", "local-rain-workflows": "skipped"}
    assert outcomes(done.stdout) == expected
    [why] = [one["why"] for one in json.loads(done.stdout) if one["outcome"] == "failed"]
    assert why.startswith("ResourceNotFoundException: An error occurred")


def test_the_configured_number_of_stacks_is_deployed_in_parallel(checkout: Checkout, fake: dict[str, str]) -> None:
    deploy(checkout, fake, 0, "--parallelism", "2", LASTS="1")
    running = list(accumulate(int(line) for line in (Path(fake["NOTES"]) / "at-once").read_text().split()))
    assert max(running) == 2


@pytest.mark.parametrize("contract", ["one", "another"])
def test_readers_of_a_stack_are_deployed_after_it_only_if_its_contract_changed(
    contract: str, checkout: Checkout, fake: dict[str, str], folders: dict[str, Path], tmp_path: Path
) -> None:
    deployed = {name: state(name, folder, "one") for name, folder in folders.items()}
    put(checkout, deployed)
    assert json.loads(checkout.ops("changed", "local", "--json").stdout) == []
    put(checkout, {PLATFORM: deployed[PLATFORM].replace(read_digest(folders[PLATFORM]), "of before")})
    leaves = tmp_path / "state.json"
    leaves.write_text(state(PLATFORM, folders[PLATFORM], contract))
    deploy(checkout, fake, 0, LEAVES=str(leaves), PUT=PUT)
    readers = {name for name in folders if name.endswith(("-infrastructure", "-workflows"))}
    assert set(begun(fake)) == {PLATFORM} | (readers if contract == "another" else set())


def interrupted(checkout: Checkout, fake: dict[str, str], number: signal.Signals) -> subprocess.Popen[str]:
    """A deploy whose first Terraform is in an apply and has got one signal."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        # Programs inherit ignored signals: nohup, which CI may run under, ignores SIGHUP.
        ["env", "--default-signal=HUP,INT", sys.executable, *DEPLOY[1:]],
        cwd=checkout.path,
        env={**variables, **fake, "WAIT": "local-platform"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    for note in ("waiting", "ended"):
        while not (Path(fake["NOTES"]) / note).exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, note
            time.sleep(0.1)
        if note == "waiting":
            process.send_signal(number)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_lets_terraform_end_and_starts_no_more(
    number: signal.Signals, checkout: Checkout, fake: dict[str, str]
) -> None:
    process, notes = interrupted(checkout, fake, number), Path(fake["NOTES"])
    time.sleep(0.5)
    (notes / "saved").touch()
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert (notes / "ended").read_text() == "local-platform\n"
    assert outcomes(output)["local-platform"] == "interrupted"
    assert (
        errors.count("Stopping: Terraform finishes the current resource, saves the state and releases the lock.") == 1
    )
    assert [name for name in begun(fake) if name.startswith("local-")] == ["local-platform"]


def test_the_second_signal_kills_terraform(checkout: Checkout, fake: dict[str, str]) -> None:
    process = interrupted(checkout, fake, signal.SIGINT)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert outcomes(output)["local-platform"] == "interrupted"
    assert "Killing Terraform: the state may miss resources" in errors
    assert not (Path(fake["NOTES"]) / "saved").exists()


def test_a_terraform_whose_log_cannot_be_written_is_not_started(
    fake: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OSError, match="No space left"):
        run_terraform("apply", [], tmp_path, fake, log=Path("/dev/full"), interrupts=Interrupts())
    assert not (tmp_path / "begun").exists()


def test_a_terraform_whose_output_cannot_be_handled_ends_in_good_order(
    fake: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", fake["PATH"])
    Timer(3, (tmp_path / "saved").touch).start()

    def fail(line: str) -> None:
        raise OSError(errno.ENOSPC, "No space left")

    environment = {**fake, "WAIT": tmp_path.name}
    with pytest.raises(OSError, match="No space left"):
        run_terraform("apply", [], tmp_path, environment, log=tmp_path / "log", interrupts=Interrupts(), read=fail)
    assert (tmp_path / "ended").read_text() == f"{tmp_path.name}\n"


def test_nothing_is_deployed_without_approval(checkout: Checkout, fake: dict[str, str]) -> None:
    refused = checkout.ops("deploy", "local", code=1)
    assert "there is no terminal to ask at: add --auto-approve" in only_line(refused.stderr)
    assert not (Path(fake["NOTES"]) / "begun").exists()
