"""Airflow's components as processes under supervisord, which restarts them."""

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
from ops.airflow.home import AirflowHome
from ops.paths import ROOT

# The page reads logs from disk; Airflow's log servers would listen on every address of this machine.
LOG_SERVERS_OFF = {"scheduler": "--skip-serve-logs", "triggerer": "--skip-serve-logs"}
# Timeout in seconds for a scheduler, which waits for its tasks; then it is killed.
STOP_SECONDS = 40


def start_components(home: AirflowHome, environment: Mapping[str, str], more: Mapping[str, Sequence[str]]) -> None:
    """Start supervisord with every component and the programs in `more`, unless it is already running."""
    if find_supervisor(home):
        return
    components: dict[str, Sequence[str]] = {
        each.name: list(filter(None, ("airflow", *each.command, LOG_SERVERS_OFF.get(each.name)))) for each in COMPONENTS
    }
    control = _write_configuration(home, {**components, **more})
    with (home.logs / "supervisord.out").open("ab") as out:
        subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(control)],
            env=dict(environment),
            cwd=home.path,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=True,
        )
    deadline = time.monotonic() + 10
    while not find_supervisor(home) and time.monotonic() < deadline:  # it writes its pid after the start has returned
        time.sleep(0.05)


def stop_components(home: AirflowHome, *, at_once: bool = False) -> bool:
    """Stop all processes, after running tasks have finished unless `at_once`. Return False if none was running."""
    process = find_supervisor(home)
    if process is None:
        return False
    members = process.children(recursive=True)
    if at_once:
        process.kill()  # first, or it would restart the others
    else:
        process.terminate()
        psutil.wait_procs([process], timeout=STOP_SECONDS + 10)
    for remaining in psutil.wait_procs([process, *members], timeout=0 if at_once else 1)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):  # ended meanwhile
            remaining.kill()
    return True


def find_supervisor(home: AirflowHome) -> psutil.Process | None:
    """Return the process of this home's supervisord, or None if it is not running."""
    try:
        process = psutil.Process(int(_pid_file(home).read_text()))
        return process if str(_configuration_file(home)) in process.cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def _configuration_file(home: AirflowHome) -> Path:
    return home.path / "supervisord.conf"


def _pid_file(home: AirflowHome) -> Path:
    return home.path / "supervisord.pid"


def _write_configuration(home: AirflowHome, programs: Mapping[str, Sequence[str]]) -> Path:
    parser = configparser.RawConfigParser()
    parser["supervisord"] = {
        "pidfile": str(_pid_file(home)),
        "logfile": str(home.logs / "supervisord.log"),
        "childlogdir": str(home.logs),
        "identifier": str(home.path),
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
            "stdout_logfile": str(home.logs / f"{name}.log"),
            "stdout_logfile_maxbytes": "20MB",
            "stdout_logfile_backups": "2",
        }
    with _configuration_file(home).open("w") as file:
        parser.write(file)
    return _configuration_file(home)
