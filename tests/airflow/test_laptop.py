"""The Airflow that `make airflow` starts on this machine."""

import json
import os
import subprocess
import time
from pathlib import Path

import psutil
from instance import PYTHON, ROOT, Instance, ops
from runs import eventually


def processes(airflow: Instance) -> list[psutil.Process]:
    """Return supervisord and all its child processes."""
    supervisor = psutil.Process(int((airflow.home / "supervisord.pid").read_text()))
    return [supervisor, *supervisor.children(recursive=True)]


def command_line(process: psutil.Process) -> list[str]:
    """Return a process's command line; empty if it has ended, as the short-lived parsers of DAG files do."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # also raised for a zombie
        return []


def test_every_component_is_healthy(airflow: Instance) -> None:
    expected = {
        "running": True,
        "url": airflow.url,
        "health": dict.fromkeys(("metadatabase", "scheduler", "triggerer", "dag_processor"), "healthy"),
    }
    # On a busy machine a heartbeat may be late.
    status = lambda: json.loads(ops("airflow", "status", "--json", "--home", str(airflow.home)))  # noqa: E731
    eventually(lambda: status() == expected or None, "the health of all")


def test_a_second_start_reuses_the_running_processes(airflow: Instance) -> None:
    before = {process.pid for process in processes(airflow)[:1]}
    ops("airflow", "start", "--home", str(airflow.home))
    assert {process.pid for process in processes(airflow)[:1]} == before


def test_a_taken_port_is_refused_with_its_holder(tmp_path: Path, airflow: Instance) -> None:
    taken = airflow.url.rsplit(":", 1)[1]
    command = [
        PYTHON,
        "-m",
        "fast_synth",
        "-m",
        "ops",
        "airflow",
        "start",
        "--home",
        str(tmp_path / "home"),
        "--port",
        taken,
    ]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"error: port {taken} on 127.0.0.1 is taken by airflow")
    assert refused.stderr.count("\n") == 1


def test_nothing_listens_beyond_this_machine(airflow: Instance) -> None:
    pids = {process.pid for process in processes(airflow)}
    ours = [one for one in psutil.net_connections("inet") if one.pid in pids and one.status == psutil.CONN_LISTEN]
    assert ours
    assert {one.laddr.ip for one in ours} == {"127.0.0.1"}


def test_the_process_list_shows_no_secret(airflow: Instance) -> None:
    kept = json.loads((airflow.home / "kept.json").read_text())
    secrets = [value for value in kept.values() if isinstance(value, str)]
    assert len(secrets) == 5
    shown = "\n".join(" ".join(command_line(process)) for process in processes(airflow))
    assert "dag-processor" in shown
    assert [secret for secret in secrets if secret in shown] == []
    assert (airflow.home / "kept.json").stat().st_mode & 0o077 == 0


def test_a_killed_triggerer_is_restarted(airflow: Instance) -> None:
    def triggerers() -> list[psutil.Process]:
        return [one for one in processes(airflow)[0].children() if "triggerer" in command_line(one)]

    [killed] = triggerers()
    os.killpg(killed.pid, 9)  # with its child processes, which would log errors
    deadline = time.monotonic() + 30
    while not [one for one in triggerers() if one.pid != killed.pid]:
        assert time.monotonic() < deadline, airflow.log("triggerer")[-1000:]
        time.sleep(0.2)


def test_airflow_uses_the_settings_in_the_env_files(airflow: Instance) -> None:
    assert airflow.cli("config", "get-value", "core", "auth_manager").strip().endswith("FabAuthManager")
    assert airflow.cli("config", "get-value", "dag_processor", "refresh_interval").strip() == "10"
