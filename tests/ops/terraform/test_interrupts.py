"""Signals at every moment of a command in a terminal: locks are released, every resource is in the state, a retry works."""

import contextlib
import json
import os
import pty
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from backend.bootstrap import bootstrap
from configuration.load import load
from tests.checkout import Checkout
from tests.ops.deployed_states import BUCKET, TABLE
from tests.ops.terraform.small_app import LENGTH

pytestmark = pytest.mark.slow

STACK, KEY = "local-platform", "local/platform.tfstate"
Phase = Literal["init", "refresh", "plan", "apply", "destroy"]
# The command, what its log says when the phase begins, and how long the phase takes about, in seconds.
PHASES: dict[Phase, tuple[list[str], str, float]] = {
    "init": (["deploy", "--auto-approve"], "$ terraform init", 1.0),
    "refresh": (["diff", "--refresh-only"], "$ terraform plan", 2.5),
    "plan": (["deploy"], "$ terraform plan", 2.5),
    "apply": (["deploy", "--auto-approve"], "$ terraform apply", 12.0),
    "destroy": (["destroy", "--auto-approve"], "$ terraform apply", 12.0),
}
STOPPING = "Stopping: Terraform finishes the current resource, saves the state and releases the lock."


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    copy = Checkout.make(tmp_path_factory.mktemp("interrupts"))
    copy.ops("local-aws", "start")
    bootstrap(copy.client, load(copy.path / "environments")["local"].platform, {})
    yield copy
    copy.ops("local-aws", "stop")


@dataclass
class OnTerminal:
    """A `cdktf` command on a pseudo-terminal."""

    checkout: Checkout
    words: list[str]
    value: str = "one"
    seconds: int = 1

    def __post_init__(self) -> None:
        self.logs_before = self.logs()
        variables = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "NODE_OPTIONS", "JSII_", "COLUMNS", "PYTHONPATH", "CI"))
        }
        path = os.pathsep.join([str(self.checkout.path / ".venv/bin"), os.environ["PATH"]])
        app = f"{sys.executable} -m tests.ops.terraform.small_app"
        verb, *flags = self.words
        command = ["python", "-m", "fast_synth", "-m", "ops.cdktf", verb, STACK, *flags, "--app", app]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            for number in (signal.SIGHUP, signal.SIGINT):  # ignored by a parent such as nohup
                signal.signal(number, signal.SIG_DFL)
            os.chdir(self.checkout.path)
            environment = {**variables, "PATH": path, "TERM": "xterm", "SMALL_VALUE": self.value}
            environment["SMALL_SECONDS"] = str(self.seconds)
            os.execvpe("python", command, environment)  # noqa: S606 - arguments are a list
        self.output = b""

    def logs(self) -> set[Path]:
        return set(self.checkout.path.glob(f".local/runs/*/{STACK}.log"))

    def wait_for_log(self, text: str) -> None:
        deadline = time.monotonic() + 120
        while not any(text in log.read_text() for log in self.logs() - self.logs_before):
            assert time.monotonic() < deadline, self.text
            self.read(0.02)

    def wait_for_output(self, text: str) -> None:
        deadline = time.monotonic() + 120
        while text not in self.text:
            assert time.monotonic() < deadline, self.text
            self.read(0.05)

    def read(self, seconds: float) -> bool:
        """Read what there is for so long; False at the end of the output."""
        import select

        if not select.select([self.terminal], [], [], seconds)[0]:
            return True
        try:
            chunk = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.output += chunk
        return bool(chunk)

    def press(self, keys: bytes) -> None:
        os.write(self.terminal, keys)

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    def ends(self) -> int:
        """Wait until it ends; its exit code."""
        deadline = time.monotonic() + 120
        while self.read(0.1):
            assert time.monotonic() < deadline, self.text
        with contextlib.suppress(OSError):
            os.close(self.terminal)
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    @property
    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", self.output.decode(errors="replace"))


def locks(checkout: Checkout) -> list[str]:
    """The locks of all states: rows of the table that are no digest, and lock files."""
    rows = [row["LockID"]["S"] for row in checkout.client("dynamodb").scan(TableName=TABLE)["Items"]]
    files = [one["Key"] for one in checkout.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    return [row for row in rows if not row.endswith("-md5")] + [file for file in files if file.endswith(".tflock")]


def deployed(checkout: Checkout) -> set[str]:
    return {one["Name"] for one in checkout.client("ssm").describe_parameters()["Parameters"]}


def recorded(checkout: Checkout) -> set[str]:
    s3 = checkout.client("s3")
    try:
        state = json.loads(s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return set()
    return {
        instance["attributes"]["name"]
        for resource in state["resources"]
        if resource["type"] == "aws_ssm_parameter"
        for instance in resource["instances"]
    }


def prepare(checkout: Checkout, phase: Phase) -> None:
    """Deploy what a refresh, a plan and a destroy need; nothing for the others."""
    verb = "destroy" if phase in ("init", "apply") else "deploy"
    if bool(recorded(checkout)) == (verb == "destroy"):
        assert OnTerminal(checkout, [verb, "--auto-approve"]).ends() == 0


@pytest.mark.parametrize("moment", range(5))
@pytest.mark.parametrize("phase", PHASES)
def test_ctrl_c_leaves_no_lock_and_no_orphan_and_the_next_command_succeeds(
    phase: Phase, moment: int, checkout: Checkout
) -> None:
    prepare(checkout, phase)
    words, beginning, seconds = PHASES[phase]
    command = OnTerminal(checkout, words, value="two" if phase == "plan" else "one")
    command.wait_for_log(beginning)
    deadline = time.monotonic() + moment * seconds / 5
    while (left := deadline - time.monotonic()) > 0:
        command.read(left)
    command.press(b"\x03")
    code = command.ends()
    assert "Traceback" not in command.text
    assert code == 130, command.text
    assert " ".join(command.text.split()).count(STOPPING) <= 1
    assert locks(checkout) == []
    assert deployed(checkout) == recorded(checkout)
    again = OnTerminal(checkout, ["deploy", "--auto-approve"])
    assert again.ends() == 0, again.text
    assert len(deployed(checkout)) == LENGTH


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, None], ids=["SIGTERM", "SIGHUP", "closed terminal"])
def test_other_ends_are_as_gentle(number: signal.Signals | None, checkout: Checkout) -> None:
    prepare(checkout, "apply")
    command = OnTerminal(checkout, ["deploy", "--auto-approve"])
    command.wait_for_log("part_1: Creation complete")
    if number:
        command.send(number)
        assert command.ends() == 128 + number
        assert " ".join(command.text.split()).count(STOPPING) == 1
    else:
        os.close(command.terminal)
        _, status = os.waitpid(command.pid, 0)
        assert os.waitstatus_to_exitcode(status) in (128 + signal.SIGHUP, 128 + signal.SIGPIPE)
    assert "Traceback" not in command.text
    assert locks(checkout) == []
    assert 0 < len(deployed(checkout)) < LENGTH
    assert deployed(checkout) == recorded(checkout)


def test_a_reader_that_goes_away_stops_the_command_gently(checkout: Checkout) -> None:
    prepare(checkout, "apply")
    app = f"{sys.executable} -m tests.ops.terraform.small_app"
    command = ["python", "-m", "fast_synth", "-m", "ops.cdktf", "deploy", STACK, "--auto-approve", "--app", app]
    done = checkout.run("sh", "-c", '"$@" | head -n 1; exit 0', "sh", *command)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert done.stderr.count(STOPPING) == 1
    assert locks(checkout) == []
    assert deployed(checkout) == recorded(checkout)


def test_a_killed_command_leaves_terraform_to_finish(checkout: Checkout) -> None:
    prepare(checkout, "apply")
    command = OnTerminal(checkout, ["deploy", "--auto-approve"])
    command.wait_for_log("part_1: Creation complete")
    command.send(signal.SIGKILL)
    command.ends()
    deadline = time.monotonic() + 60
    while locks(checkout) or len(recorded(checkout)) < LENGTH:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert deployed(checkout) == recorded(checkout)


@pytest.mark.parametrize(
    ("keys", "code", "left"),
    [(b"\r", 0, LENGTH), (b"\x1b[B\r", 0, 0), (b"\x1b[B\x1b[B\r", 0, 0), (b"\x03", 130, 0)],
    ids=["approve", "dismiss", "stop", "ctrl-c"],
)  # fmt: skip
def test_the_prompt_of_cdktf(keys: bytes, code: int, left: int, checkout: Checkout) -> None:
    prepare(checkout, "apply")
    command = OnTerminal(checkout, ["deploy"])
    command.wait_for_output("Dismiss")
    assert f"Plan: {2 * LENGTH + 1} to add, 0 to change, 0 to destroy." in command.text
    assert "Please review the diff output above for local-platform" in command.text
    assert "Refreshing state" not in command.text
    command.press(keys)
    assert command.ends() == code, command.text
    assert "Traceback" not in command.text
    assert locks(checkout) == []
    assert len(deployed(checkout)) == left


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_prompt(number: signal.Signals, checkout: Checkout) -> None:
    prepare(checkout, "apply")
    command = OnTerminal(checkout, ["deploy"])
    command.wait_for_output("Dismiss")
    command.send(number)
    assert command.ends() == 128 + number
    assert "Traceback" not in command.text
    assert deployed(checkout) == set()


def test_two_commands_in_one_checkout_are_one_and_a_refusal(checkout: Checkout) -> None:
    prepare(checkout, "apply")
    first = OnTerminal(checkout, ["deploy", "--auto-approve"], seconds=5)
    first.wait_for_log("part_0: Creation complete")
    app = f"{sys.executable} -m tests.ops.terraform.small_app"
    second = checkout.cdktf("deploy", STACK, "--auto-approve", "--app", app, code=1)
    assert re.search(
        r"holds it since \S+ \S+ \S+ UTC for an apply by `cdktf deploy local-platform --auto-approve ", second.stdout
    )
    assert first.ends() == 0
    assert len(deployed(checkout)) == LENGTH
    assert locks(checkout) == []
