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
from ops.airflow.home import AirflowHome
from ops.paths import ROOT

# The page reads logs from the disk; a server for them would listen on every address of this machine.
LOG_SERVERS_OFF = {"scheduler": "--skip-serve-logs", "triggerer": "--skip-serve-logs"}
# A scheduler waits for its tasks; after this it is killed.
STOP_SECONDS = 40


def start_components(home: AirflowHome, environment: Mapping[str, str], more: Mapping[str, Sequence[str]]) -> None:
    """Starts supervisord, and under it every component and what else `more` names, unless it runs."""
    if find_supervisor(home):
        return
    components: dict[str, Sequence[str]] = {
        one.name: list(filter(None, ("airflow", *one.command, LOG_SERVERS_OFF.get(one.name)))) for one in COMPONENTS
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
    while (
        not find_supervisor(home) and time.monotonic() < deadline
    ):  # it writes its pid after it went to the background
        time.sleep(0.05)


def stop_components(home: AirflowHome, *, at_once: bool = False) -> bool:
    """Stops them all, after the tasks that run unless `at_once`; False if none ran."""
    process = find_supervisor(home)
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


def find_supervisor(home: AirflowHome) -> psutil.Process | None:
    """supervisord's process, if it is ours and lives."""
    try:
        process = psutil.Process(int(_pid_file(home).read_text()))
        return process if str(_configuration_file(home)) in process.cmdline() else None
    except (OSError, ValueError, psutil.Error):
        return None


def wait_for_end(home: AirflowHome) -> None:
    """Returns when supervisord has ended."""
    while find_supervisor(home):
        time.sleep(0.5)


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
