"""`ops deploy` of many stacks, with a Terraform that only notes what it is asked: who is deployed, when, and what if not."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.bootstrap import bootstrap
from environments.load import load
from tests.checkout import Checkout
from tests.ops.test_missing import only_line

PROJECTS = ("rain", "snow")
# Notes each apply; fails or waits for the stacks that FAIL and WAIT name; ends when it is asked to.
TERRAFORM = """\
#!/bin/sh
stack=$(basename "$PWD")
case $1 in
  version) echo '{"terraform_version": "1.11.4"}' ;;
  apply)
    echo "$stack" >>"$NOTES/begun"
    if [ "$stack" = "$WAIT" ]; then
      trap 'echo "$stack" >>"$NOTES/ended"; exit 1' TERM
      touch "$NOTES/waiting"
      while :; do sleep 0.1; done
    fi
    if [ "$stack" = "$FAIL" ]; then
      echo '{"type": "diagnostic", "diagnostic": {"severity": "error", "summary": "No luck", "detail": "Try again."}}'
      exit 1
    fi
    echo '{"type": "change_summary", "changes": {"add": 2, "change": 1, "remove": 0, "operation": "apply"}}' ;;
esac
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


DEPLOY = ("python", "-m", "ops", "deploy", "local", "--changed", "--auto-approve", "--json")


def deploy(checkout: Checkout, fake: dict[str, str], code: int, **more: str) -> subprocess.CompletedProcess[str]:
    command = f'PATH={fake["PATH"]}:$PATH exec "$@"'
    return checkout.run("sh", "-c", command, "sh", *DEPLOY, code=code, NOTES=fake["NOTES"], **more)


def test_what_builds_on_another_stack_comes_after_it(checkout: Checkout, fake: dict[str, str]) -> None:
    done = deploy(checkout, fake, 0)
    order = begun(fake)
    assert set(order[:2]) == {"local-platform", "backend-000000000000-us-east-1"}
    assert set(order[2:4]) == {f"local-{project}-infrastructure" for project in PROJECTS}
    assert set(order[4:]) == {f"local-{project}-workflows" for project in PROJECTS}
    assert set(outcomes(done.stdout).values()) == {"deployed"}
    assert json.loads(done.stdout)[0]["counts"] == {"added": 2, "changed": 1, "destroyed": 0}
    assert "local-rain-workflows: deployed, 2 added, 1 changed" in done.stderr


def test_a_failure_stops_only_what_builds_on_it(checkout: Checkout, fake: dict[str, str]) -> None:
    done = deploy(checkout, fake, 1, FAIL="local-rain-infrastructure")
    expected = dict.fromkeys(outcomes(done.stdout), "deployed")
    expected |= {"local-rain-infrastructure": "failed", "local-rain-workflows": "skipped"}
    assert outcomes(done.stdout) == expected
    assert len(expected) == 6
    why = {one["stack"]: one["why"] for one in json.loads(done.stdout)}
    assert why["local-rain-infrastructure"].startswith(
        "terraform apply failed: No luck Try again. (everything it said is in "
    )
    assert why["local-rain-workflows"] == "builds on local-rain-infrastructure, which was not deployed"
    assert "local-rain-workflows" not in begun(fake)


def test_a_platform_that_failed_stops_everything_of_its_environment(checkout: Checkout, fake: dict[str, str]) -> None:
    done = deploy(checkout, fake, 1, FAIL="local-platform")
    assert sorted(begun(fake)) == ["backend-000000000000-us-east-1", "local-platform"]
    assert list(outcomes(done.stdout).values()).count("skipped") == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_lets_terraform_end_and_starts_no_more(
    number: signal.Signals, checkout: Checkout, fake: dict[str, str]
) -> None:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        [sys.executable, *DEPLOY[1:]],
        cwd=checkout.path,
        env={**variables, **fake, "WAIT": "local-platform"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (Path(fake["NOTES"]) / "waiting").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (Path(fake["NOTES"]) / "ended").read_text() == "local-platform\n"
    assert outcomes(output)["local-platform"] == "interrupted"
    assert not [name for name in begun(fake) if name.startswith(("local-rain", "local-snow"))]


def test_nothing_is_deployed_without_approval(checkout: Checkout, fake: dict[str, str]) -> None:
    refused = checkout.ops("deploy", "local", code=1)
    assert "there is no terminal to ask at: add --auto-approve" in only_line(refused.stderr)
    assert not (Path(fake["NOTES"]) / "begun").exists()
