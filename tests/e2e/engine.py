"""A container engine for the tests: the one that answers, or one that is installed and started for as long as they run."""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local_aws import engine, network

PACKAGES = ("docker.io", "iptables", "iproute2")
TESTS = Path(__file__).parents[1]
# Kept between runs, with the images that were made or pulled.
FOLDER = TESTS.parent / ".local" / "e2e"
DATA = "data"
LOCK = Path("/run/lock/airflow-on-aws-e2e")
STARTED_WITHIN = 60  # seconds


class NoEngineError(Exception):
    """Why there is none, and what to do about it."""


@contextmanager
def running(say: Callable[[str], None]) -> Iterator[str]:
    """The address of an engine, as DOCKER_HOST has it."""
    why_not = engine.unavailable_reason(engine.docker_host())
    if not why_not:
        yield engine.docker_host()
    elif why_not != engine.NO_ENGINE:
        raise NoEngineError(why_not)
    elif os.geteuid() != 0:
        raise NoEngineError("no container engine: install and start Docker, or run as root on Debian or Ubuntu")
    else:
        install(PACKAGES, say)
        with _alone(say), _started(say) as host:
            yield host


def ours(client: Any) -> bool:
    """Whether it is one that tests of this checkout started."""
    return Path(client.info()["DockerRootDir"]).resolve() == (FOLDER / DATA).resolve()


def install(packages: tuple[str, ...], say: Callable[[str], None]) -> None:
    """Install Debian packages that are missing."""
    missing = [name for name in packages if subprocess.run(["dpkg", "-s", name], capture_output=True).returncode]
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise NoEngineError(f"{', '.join(missing)} of Debian is needed, and this machine has no apt-get")
    say(f"installing {', '.join(missing)}")
    subprocess.run([TESTS / "install-packages", *missing], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _alone(say: Callable[[str], None]) -> Iterator[None]:
    """Two engines would give the same addresses to different containers: their networks meet in one bridge."""
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for the container tests of another checkout to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        # The containers of an engine that was killed stay connected to it, with their addresses.
        subprocess.run(["ip", "link", "delete", network.INTERFACE], stderr=subprocess.DEVNULL, check=False)
        yield


@contextmanager
def _started(say: Callable[[str], None]) -> Iterator[str]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    host = f"unix://{FOLDER}/docker.sock"
    say(f"starting a container engine in {FOLDER}")
    where = {"data-root": DATA, "exec-root": "exec", "pidfile": "pid"}
    options = ["--bridge=none", *(f"--{option}={FOLDER / name}" for option, name in where.items())]
    with (FOLDER / "dockerd.log").open("wb") as log:
        # It ends with the tests, also if those are killed.
        command = ["setpriv", "--pdeathsig=TERM", "dockerd", f"--host={host}", *options]
        daemon = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + STARTED_WITHIN
        while engine.unavailable_reason(host):
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise NoEngineError(f"dockerd does not start: see {FOLDER}/dockerd.log")
            time.sleep(0.3)
        yield host
    finally:
        daemon.terminate()
        daemon.wait(timeout=60)
        # It leaves this one mounted, and then the folder cannot be removed.
        subprocess.run(["umount", FOLDER / "exec" / "netns" / "default"], stderr=subprocess.DEVNULL, check=False)
