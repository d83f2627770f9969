"""Start, stop and find the emulator of a project."""

import os
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from local_aws import containers, network, ports
from local_aws.errors import LocalAwsError
from local_aws.patches import PATCHES
from local_aws.state import ACCOUNT, REGION, LocalAws, ProcessRecord, StateFolder

READY_WITHIN = 60.0  # seconds; 3 on two idle cores
STOPPED_WITHIN = 10.0
ATTEMPTS = 3  # another process may take the chosen port before the emulator binds it


def running(root: Path) -> LocalAws | None:
    """Return the running emulator of the project at `root`, or None. A stale state file is ignored."""
    record = StateFolder.below(root).read()
    return record.local_aws() if record and record.process() else None


def start(
    root: Path, port: int | None = None, *, patches: Iterable[str] = PATCHES, with_containers: bool = True
) -> LocalAws:
    """Start the emulator, unless it is already running, with containers if there is an engine for them.

    `patches` is for tests that show a difference from AWS without its patch.
    """
    folder = StateFolder.below(root)
    with folder.locked():
        record = folder.read()
        if record and record.process():
            if port not in (None, record.port):
                raise LocalAwsError(
                    f"the local AWS already runs on port {record.port}: stop it first to move it to port {port}"
                )
            return _wait_until_ready(folder, record)  # the process that started it may have been killed before
        _clean_up(folder, record)
        for attempt in range(1, ATTEMPTS + 1):
            chosen = ports.choose(port)
            try:
                return _launch(folder, chosen, tuple(patches), with_containers)
            except LocalAwsError:
                if port is not None or attempt == ATTEMPTS or ports.is_free(chosen):
                    raise
        raise AssertionError("the last attempt either returns or raises")


def stop(root: Path) -> bool:
    """Stop the emulator and remove its containers. Return False if it was not running. Other processes are never touched."""
    folder = StateFolder.below(root)
    with folder.locked():
        record = folder.read()
        process = record.process() if record else None
        if process:
            _terminate(process)
        _clean_up(folder, record)
        return process is not None


def _launch(folder: StateFolder, port: int, patches: tuple[str, ...], with_containers: bool) -> LocalAws:
    run_id = uuid.uuid4().hex
    host, why_no_containers = containers.find_engine() if with_containers else ("", "disabled")
    with folder.log.open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "local_aws.emulator", run_id, *patches],
            env=_environment(folder, port) | containers.engine_environment(host, run_id),
            cwd=folder.path,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # protects it from Ctrl-C and from the end of the terminal
        )
    process, record = psutil.Process(child.pid), None
    try:
        record = ProcessRecord(
            pid=child.pid,
            created=process.create_time(),
            port=port,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            run_id=run_id,
            docker_host=host,
            why_no_containers=why_no_containers,
        )
        # Written before it is ready, so that the next start or stop finds it if this process is killed while waiting.
        folder.write(record)
        local_aws = _wait_until_ready(folder, record)
    except BaseException:
        _terminate(process)
        child.wait()
        _clean_up(folder, record)
        raise
    child.returncode = 0  # it outlives this process; without this Popen would warn about that
    return local_aws


def _environment(folder: StateFolder, port: int) -> dict[str, str]:
    """Return the whole environment of the emulator's process, without the user's secrets."""
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return passed | {
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(folder.path),
        "BIND_HOST": ports.LOOPBACK,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "IOT_MTLS_ENABLED": "0",  # these two would open more ports
        "SFTP_ENABLED": "0",
    }


def _clean_up(folder: StateFolder, record: ProcessRecord | None) -> None:
    if record:
        containers.remove_run(record.docker_host, record.run_id, record.port)
    folder.state.unlink(missing_ok=True)


def _wait_until_ready(folder: StateFolder, record: ProcessRecord) -> LocalAws:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy for loopback
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        process = record.process()
        if process is None:
            raise LocalAwsError(f"the emulator ended while starting: {_log_tail(folder.log)} (log: {folder.log})")
        try:
            opener.open(f"http://{ports.LOOPBACK}:{record.port}/_ministack/ready", timeout=2).close()
            sockets = ports.listening(process)
        except (OSError, psutil.Error):
            sockets = set()
        exposed = sorted(address for address in sockets if address[0] not in (ports.LOOPBACK, "::1", network.GATEWAY))
        if exposed:
            raise LocalAwsError(f"the emulator listens beyond loopback, on {exposed}: stop it and report this as a bug")
        if (ports.LOOPBACK, record.port) in sockets:  # the answer came from our process, not from another on that port
            return record.local_aws()
        time.sleep(0.1)
    raise LocalAwsError(
        f"the emulator does not answer after {READY_WITHIN:.0f} s, stop it and start it again: "
        f"{_log_tail(folder.log)} (log: {folder.log})"
    )


def _log_tail(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return " | ".join(lines[-2:]) or "no output"


def _terminate(process: psutil.Process) -> None:
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for kill in (psutil.Process.terminate, psutil.Process.kill):
        for member in family:
            try:
                kill(member)  # psutil compares the creation time, so a reused pid is safe
            except psutil.NoSuchProcess:
                continue
        _, family = psutil.wait_procs(family, timeout=STOPPED_WITHIN)
