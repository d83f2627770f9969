"""Container engine for the tests: an available engine, or an engine that is installed and started for the test session."""

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
# Kept between runs, because of the images that were built or pulled.
FOLDER = TESTS.parent / ".local" / "e2e"
DATA = "data"
LOCK = Path("/run/lock/airflow-on-aws-e2e")
STARTED_WITHIN = 60  # seconds


class NoEngineError(Exception):
    """No engine can be used; the message has the reason and the remedy."""


@contextmanager
def running(say: Callable[[str], None]) -> Iterator[str]:
    """Yield the address of an engine, in the format of DOCKER_HOST."""
    reason = engine.unavailable_reason(engine.docker_host())
    if not reason:
        yield engine.docker_host()
    elif reason != engine.NO_ENGINE:
        raise NoEngineError(reason)
    elif os.geteuid() != 0:
        raise NoEngineError("no container engine: install and start Docker, or run as root on Debian or Ubuntu")
    else:
        install(PACKAGES, say)
        with _alone(say), _started(say) as host:
            yield host


def ours(client: Any) -> bool:
    """Return whether tests of this checkout have started the engine."""
    return Path(client.info()["DockerRootDir"]).resolve() == (FOLDER / DATA).resolve()


def install(packages: tuple[str, ...], say: Callable[[str], None]) -> None:
    """Install Debian packages that are missing."""
    missing = [name for name in packages if subprocess.run(["dpkg", "-s", name], capture_output=True).returncode]
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise NoEngineError(
            f"the Debian packages {', '.join(missing)} are missing, and this machine has no apt-get: install a container engine"
        )
    say(f"installing {', '.join(missing)}")
    subprocess.run([TESTS / "install-packages", *missing], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _alone(say: Callable[[str], None]) -> Iterator[None]:
    """Lock out tests of other checkouts: two engines would use the same bridge, and assign its addresses twice."""
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for the container tests of another checkout")
            fcntl.flock(lock, fcntl.LOCK_EX)
        # Containers of a killed engine remain attached to the bridge, with their addresses.
        subprocess.run(["ip", "link", "delete", network.INTERFACE], stderr=subprocess.DEVNULL, check=False)
        yield


@contextmanager
def _started(say: Callable[[str], None]) -> Iterator[str]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    host = f"unix://{FOLDER}/docker.sock"
    say(f"starting a container engine in {FOLDER}")
    folders = {"data-root": DATA, "exec-root": "exec", "pidfile": "pid"}
    options = ["--bridge=none", *(f"--{option}={FOLDER / name}" for option, name in folders.items())]
    with (FOLDER / "dockerd.log").open("wb") as log:
        # setpriv ends the engine with the tests, even if these are killed.
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
        # dockerd leaves this folder mounted, so that it could not be deleted.
        subprocess.run(["umount", FOLDER / "exec" / "netns" / "default"], stderr=subprocess.DEVNULL, check=False)
