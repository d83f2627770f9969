"""What is remembered of a running emulator, and how its process is recognised again."""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from local_aws import engine
from local_aws.ports import LOOPBACK

REGION = "us-east-1"  # that of environments/local
ACCOUNT = "000000000000"


@dataclass(frozen=True)
class LocalAws:
    """A running emulator. Its `run_id` is new at every start: what was deployed under another one is gone."""

    endpoint_url: str
    pid: int
    port: int
    started_at: str
    run_id: str
    containers: bool
    """False means control plane only: services look ACTIVE and databases available with nothing behind them."""
    why_no_containers: str = ""

    def environment(self) -> dict[str, str]:
        """What boto3, Terraform and cdktf need in their environment to talk to this emulator and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            # ministack takes a 12-digit key for the account id: so everything belongs to ACCOUNT, and a real
            # endpoint would refuse the key.
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,  # boto3 reads only this one, Terraform and the other SDKs the one above
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1,localhost"))),
        }

    def isolate(self, environment: Mapping[str, str]) -> dict[str, str]:
        """`environment` for a program that is to use this emulator: nothing of another AWS account is left in it."""
        return {name: value for name, value in environment.items() if not name.startswith("AWS_")} | self.environment()


@dataclass(frozen=True)
class ProcessRecord:
    """One line of the state file: enough to tell our process from one that inherited its pid."""

    pid: int
    created: float
    port: int
    started_at: str
    run_id: str
    docker_host: str
    """Where its containers are; empty if it has none."""
    why_no_containers: str = ""

    def process(self) -> psutil.Process | None:
        """Our process, or None if it is gone or if its pid belongs to another one by now."""
        try:
            process = psutil.Process(self.pid)
            # Two seconds: psutil derives the time from the boot time, which moves when the clock is set.
            ours = abs(process.create_time() - self.created) < 2 and self.run_id in _command_line(process)
            return process if ours and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    def local_aws(self) -> LocalAws:
        """What callers see of it."""
        why_no_containers = self.why_no_containers or engine.unavailable_reason(self.docker_host)
        return LocalAws(
            endpoint_url=f"http://{LOOPBACK}:{self.port}",
            pid=self.pid,
            port=self.port,
            started_at=self.started_at,
            run_id=self.run_id,
            containers=not why_no_containers,
            why_no_containers=why_no_containers,
        )


def _command_line(process: psutil.Process) -> list[str]:
    for _ in range(50):  # half a second: Linux shows none for an instant after the start, and never one of a zombie
        if (line := process.cmdline()) or process.status() == psutil.STATUS_ZOMBIE:
            return line
        time.sleep(0.01)
    return []


@dataclass(frozen=True)
class StateFolder:
    """`.local/aws` below the root of the project: the state file, the lock and the log."""

    path: Path

    @classmethod
    def below(cls, root: Path) -> "StateFolder":
        """The folder of the project at `root`, which need not exist yet."""
        return cls(root.resolve() / ".local" / "aws")

    @property
    def log(self) -> Path:
        """Where the emulator writes."""
        return self.path / "emulator.log"

    @property
    def state(self) -> Path:
        """Who runs; a file here does not mean that it does."""
        return self.path / "state.json"

    def read(self) -> ProcessRecord | None:
        """The record, whether or not its process lives; None if there is none or if it cannot be read."""
        try:
            return ProcessRecord(**json.loads(self.state.read_text()))
        except (OSError, ValueError, TypeError):  # absent, cut off by a crash, or written by another version
            return None

    def write(self, record: ProcessRecord) -> None:
        """Replace the record in one step: a reader never sees half of it."""
        aside = self.state.with_suffix(".new")
        aside.write_text(json.dumps(asdict(record), indent=2) + "\n")
        aside.replace(self.state)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold off every other start and stop of this project; the lock goes with the process that holds it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
