"""Airflow's components as processes, which supervisord starts again when they end."""

import configparser
import contextlib
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from modules.platform.components import COMPONENTS
from ops.airflow.place import Place
from ops.paths import ROOT

# The page reads logs from the disk; a server for them would listen on every address of this machine.
LOG_SERVERS_OFF = {"scheduler": "--skip-serve-logs", "triggerer": "--skip-serve-logs"}
# A scheduler waits for its tasks; after this it is killed.
STOP_SECONDS = 40


def start(place: Place, environment: Mapping[str, str], more: Mapping[str, Sequence[str]]) -> None:
    """Starts supervisord, and under it every component and what else `more` names, unless it runs."""
    if running(place):
        return
    components: dict[str, Sequence[str]] = {
        one.name: list(filter(None, ("airflow", *one.command, LOG_SERVERS_OFF.get(one.name)))) for one in COMPONENTS
    }
    control = _write(place, {**components, **more})
    with (place.logs / "supervisord.out").open("ab") as out:
        subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(control)],
            env=dict(environment),
            cwd=place.home,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=True,
        )
    deadline = time.monotonic() + 10
    while not running(place) and time.monotonic() < deadline:  # it writes its pid after it went to the background
        time.sleep(0.05)


def stop(place: Place, *, at_once: bool = False) -> bool:
    """Stops them all, after the tasks that run unless `at_once`; False if none ran."""
    process = running(place)
    if process is None:
        return False
    members = process.children(recursive=True)
    if at_once:
        process.kill()  # first, or it would start the others again
    else:
        process.terminate()
        psutil.wait_procs([process], timeout=STOP_SECONDS + 10)
    for left in psutil.wait_procs([process, *members], timeout=0 if at_once else 1)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended since
            left.kill()
    return True


def running(place: Place) -> psutil.Process | None:
    """supervisord's process, if it is ours and lives."""
    try:
        process = psutil.Process(int(_pid_file(place).read_text()))
        return process if str(_control(place)) in process.cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def wait_for_end(place: Place) -> None:
    """Returns when supervisord has ended."""
    while running(place):
        time.sleep(0.5)


def _control(place: Place) -> Path:
    return place.home / "supervisord.conf"


def _pid_file(place: Place) -> Path:
    return place.home / "supervisord.pid"


def _write(place: Place, programs: Mapping[str, Sequence[str]]) -> Path:
    parser = configparser.RawConfigParser()
    parser["supervisord"] = {
        "pidfile": str(_pid_file(place)),
        "logfile": str(place.logs / "supervisord.log"),
        "childlogdir": str(place.logs),
        "identifier": str(place.home),
    }
    for name, command in programs.items():
        parser[f"program:{name}"] = {
            "command": shlex.join(command),
            **({"directory": str(ROOT), "environment": f'PYTHONPATH="{ROOT}"'} if command[0] == sys.executable else {}),
            "autorestart": "true",
            "startsecs": "2",
            "startretries": "10",
            "stopasgroup": "true",
            "killasgroup": "true",
            "stopwaitsecs": str(STOP_SECONDS),
            "redirect_stderr": "true",
            "stdout_logfile": str(place.logs / f"{name}.log"),
            "stdout_logfile_maxbytes": "20MB",
            "stdout_logfile_backups": "2",
        }
    with _control(place).open("w") as file:
        parser.write(file)
    return _control(place)
