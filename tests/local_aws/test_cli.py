"""Output and exit codes of the command."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local_aws import server
from local_aws.state import StateFolder


def run(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "local_aws", *arguments, "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_from_start_to_stop(root: Path) -> None:
    down = run(root, "status")
    assert (down.returncode, down.stdout) == (3, "not running\n")
    assert json.loads(run(root, "status", "--json").stdout) == {"running": False}

    started = run(root, "start")
    up = run(root, "status")
    assert (started.returncode, up.returncode) == (0, 0)
    assert started.stdout == up.stdout

    status = json.loads(run(root, "status", "--json").stdout)
    assert status["running"] is True
    assert status["containers"] or "control plane only" in up.stdout

    script = f'{run(root, "env").stdout}\necho "$AWS_ENDPOINT_URL $AWS_REGION ${{AWS_PROFILE-unset}}"'
    shell = subprocess.run(["sh", "-ec", script], env={"AWS_PROFILE": "p"}, capture_output=True, text=True, check=True)
    assert shell.stdout.split() == [status["endpoint_url"], "us-east-1", "unset"]

    assert run(root, "stop").stdout == "stopped\n"
    assert run(root, "stop").stdout == "was not running\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["env"], 1, "error: the local AWS is not running: start it with `ops local-aws start`\n"),
        (["start", "--port", "99999"], 2, "--port"),
        (["begin"], 2, "No such command"),
    ],
)
def test_errors_are_one_line_on_stderr(root: Path, arguments: list[str], code: int, message: str) -> None:
    result = run(root, *arguments)
    assert (result.returncode, result.stdout) == (code, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", [["local_aws"], ["ops", "local-aws"]], ids=["alone", "as a command of ops"])
def test_in_the_foreground_a_signal_stops_it_cleanly(root: Path, by: signal.Signals, module: list[str]) -> None:
    command = [sys.executable, "-m", *module, "start", "--foreground", "--root", str(root)]
    # Programs inherit ignored signals, and a test run in the background may ignore SIGINT.
    foreground = ["env", "--default-signal=INT", *command]
    with subprocess.Popen(foreground, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as shown:
        assert shown.stdout
        try:
            while "Running on" not in shown.stdout.readline():
                assert shown.poll() is None
            assert "already runs in the background" in run(root, "start", "--foreground").stderr
            shown.send_signal(by)
            _, errors = shown.communicate(timeout=30)
        finally:
            shown.kill()
    assert (shown.returncode, errors) == (0, "")
    assert server.running(root) is None
    assert not StateFolder.below(root).state.exists()


def test_in_the_foreground_it_ends_after_a_stop_and_reports_a_crash(root: Path) -> None:
    command = [sys.executable, "-m", "local_aws", "start", "--foreground", "--root", str(root)]
    for end, code in ((lambda: server.stop(root), 0), (lambda: _crash(root), 1)):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as shown:
            assert shown.stdout
            while "Running on" not in shown.stdout.readline():
                assert shown.poll() is None
            end()
            _, errors = shown.communicate(timeout=30)
        assert shown.returncode == code
        assert ("stopped unexpectedly" in errors) is bool(code)


def _crash(root: Path) -> None:
    record = StateFolder.below(root).read()
    assert record
    process = record.process()
    assert process
    process.kill()
