"""State file of a running emulator, and the identification of its process."""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from local_aws import engine
from local_aws.ports import LOOPBACK

REGION = "us-east-1"  # same as in environments/local
ACCOUNT = "000000000000"
SECRET_KEY = "local"  # noqa: S105 - ministack does not check it


@dataclass(frozen=True)
class LocalAws:
    """A running emulator. `run_id` is new at every start; resources deployed under another run id no longer exist."""

    endpoint_url: str
    pid: int
    port: int
    started_at: str
    run_id: str
    containers: bool
    """False means control plane only: services look ACTIVE and databases available, but nothing runs."""
    why_no_containers: str = ""

    def environment(self) -> dict[str, str]:
        """Return the variables that direct boto3, Terraform and cdktf to this emulator only."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            # ministack takes a 12-digit key as the account id, so all resources belong to ACCOUNT. Real AWS rejects
            # this key.
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,  # for boto3; Terraform and other SDKs read AWS_REGION
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1,localhost"))),
        }

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client of this emulator; ``options`` are passed to boto3."""
        import boto3  # imported here: it takes 0.2 s

        session: Any = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key=SECRET_KEY, region_name=REGION)
        return session.client(service, endpoint_url=self.endpoint_url, **options)

    def isolate(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return `environment` with its AWS variables replaced by this emulator's."""
        return {name: value for name, value in environment.items() if not name.startswith("AWS_")} | self.environment()


@dataclass(frozen=True)
class ProcessRecord:
    """Content of the state file. It distinguishes the emulator's process from another process with the same pid."""

    pid: int
    created: float
    port: int
    started_at: str
    run_id: str
    docker_host: str
    """Address of the container engine; empty if the emulator runs no containers."""
    why_no_containers: str = ""

    def process(self) -> psutil.Process | None:
        """Return the emulator's process, or None if it has ended, even if another process has its pid now."""
        try:
            process = psutil.Process(self.pid)
            # Tolerance of 2 s: psutil derives the time from the boot time, which shifts when the clock is set.
            ours = abs(process.create_time() - self.created) < 2 and self.run_id in _command_line(process)
            return process if ours and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    def local_aws(self) -> LocalAws:
        """Return the emulator that this record describes."""
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
    for _ in range(50):  # 0.5 s: Linux shows no command line right after the start, and never for a zombie
        if (line := process.cmdline()) or process.status() == psutil.STATUS_ZOMBIE:
            return line
        time.sleep(0.01)
    return []


@dataclass(frozen=True)
class StateFolder:
    """Folder `.local/aws` of a project, with the state file, the lock and the log."""

    path: Path

    @classmethod
    def below(cls, root: Path) -> "StateFolder":
        """Return the folder of the project at `root`; it may not exist yet."""
        return cls(root.resolve() / ".local" / "aws")

    @property
    def log(self) -> Path:
        """Log file of the emulator."""
        return self.path / "emulator.log"

    @property
    def state(self) -> Path:
        """State file. Its presence does not prove that the emulator runs."""
        return self.path / "state.json"

    def read(self) -> ProcessRecord | None:
        """Return the record, even if its process has ended; None if the file is missing or unreadable."""
        try:
            return ProcessRecord(**json.loads(self.state.read_text()))
        except (OSError, ValueError, TypeError):  # missing, truncated by a crash, or written by another version
            return None

    def write(self, record: ProcessRecord) -> None:
        """Replace the record atomically: a reader never sees half of it."""
        new = self.state.with_suffix(".new")
        new.write_text(json.dumps(asdict(record), indent=2) + "\n")
        new.replace(self.state)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Block other starts and stops of this project; the lock ends with the process that holds it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
