"""Start and stop, also with stale files, occupied ports and reused pids."""

import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import docker  # type: ignore[import-untyped]
import psutil
import pytest

from local_aws import engine, network, ports, server
from local_aws.errors import LocalAwsError
from local_aws.patches import PATCHES
from local_aws.state import LocalAws, ProcessRecord, StateFolder
from tests.local_aws.clients import Connect


def record(root: Path) -> ProcessRecord:
    found = StateFolder.below(root).read()
    assert found
    return found


def test_start_and_stop(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    assert server.running(root) is None
    started = server.start(root)
    process = psutil.Process(started.pid)
    assert server.running(root) == started
    assert server.start(root) == started, "starting twice gives the same one"
    with pytest.raises(LocalAwsError, match=rf"already runs on port {started.port}: stop it first"):
        server.start(root, started.port + 1)

    assert os.getsid(started.pid) == started.pid, "it survives the terminal"
    assert "secret" not in process.environ().values()
    assert ports.listening(process) == {("127.0.0.1", started.port)}

    assert server.stop(root) is True
    assert not process.is_running()
    assert not StateFolder.below(root).state.exists()
    assert server.stop(root) is False


def test_nothing_listens_beyond_loopback_after_databases_and_caches_were_made(
    local_aws: LocalAws, patched: Connect
) -> None:
    patched("rds").create_db_instance(
        DBInstanceIdentifier="loop", Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
        MasterUsername="airflow", MasterUserPassword="password1",
    )  # fmt: skip
    patched("elasticache").create_cache_cluster(
        CacheClusterId="loop", Engine="redis", CacheNodeType="cache.t4g.micro", NumCacheNodes=1
    )
    assert {address for address, _ in ports.listening(psutil.Process(local_aws.pid))} == {"127.0.0.1"}


def test_a_run_id_is_new_at_every_start(root: Path) -> None:
    first = server.start(root)
    server.stop(root)
    assert server.start(root).run_id != first.run_id


def test_two_starts_at_the_same_time_give_one_emulator(root: Path) -> None:
    command = [sys.executable, "-m", "local_aws", "start", "--root", str(root)]
    with ThreadPoolExecutor() as pool:
        outputs = list(pool.map(lambda _: subprocess.check_output(command, text=True), range(3)))
    assert len(set(outputs)) == 1


def test_a_state_file_of_a_dead_process_is_ignored(root: Path) -> None:
    first = server.start(root)
    process = psutil.Process(first.pid)
    process.kill()
    process.wait()
    assert server.running(root) is None
    assert server.stop(root) is False
    assert server.start(root).pid != first.pid


@pytest.mark.parametrize("same", ["pid", "pid and age", "pid and command line"])
def test_another_process_with_its_pid_is_ignored_and_not_stopped(root: Path, same: str) -> None:
    arguments = ["run"] if "command" in same else []
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", *arguments])
    created = psutil.Process(other.pid).create_time()
    folder = StateFolder.below(root)
    folder.path.mkdir(parents=True)
    folder.write(
        ProcessRecord(
            pid=other.pid, created=created if "age" in same else created - 3600, port=1, started_at="", run_id="run",
            docker_host="",
        )
    )  # fmt: skip
    assert server.running(root) is None
    assert server.stop(root) is False
    assert other.poll() is None
    other.kill()
    other.wait()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}'])
def test_an_unreadable_state_file_counts_as_none(root: Path, content: str) -> None:
    folder = StateFolder.below(root)
    folder.path.mkdir(parents=True)
    folder.state.write_text(content)
    assert server.running(root) is None
    assert server.stop(root) is False


def test_a_taken_port_is_refused_and_its_process_named(root: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(LocalAwsError, match=rf"port {port} on 127\.0\.0\.1 is taken by .*\(pid {os.getpid()}\)"):
            server.start(root, port)
    assert server.start(root, port).port == port


def test_a_free_port_that_is_taken_meanwhile_is_replaced(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose = ports.choose
    with socket.create_server(("127.0.0.1", 0)) as winner:
        lost = winner.getsockname()[1]
        answers = iter([lost])
        monkeypatch.setattr(ports, "choose", lambda port: next(answers, None) or choose(port))
        assert server.start(root).port != lost


def test_the_end_of_an_emulator_during_the_start_is_reported_with_its_reason(root: Path) -> None:
    with pytest.raises(
        LocalAwsError,
        match=r"ended while starting: .*ModuleNotFoundError: No module named 'local_aws.patches.no-such-patch' \(log: .*\.log\)",
    ):
        server.start(root, patches=("no-such-patch",))
    assert server.running(root) is None
    assert not StateFolder.below(root).state.exists()


def test_a_patch_that_does_not_fit_stops_the_start(root: Path) -> None:
    """Applying the patch twice simulates a ministack that already has the service."""
    with pytest.raises(LocalAwsError, match="ministack has application-autoscaling now: remove"):
        server.start(root, patches=("application_autoscaling",) * 2)


def test_an_emulator_that_never_gets_ready_is_stopped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "READY_WITHIN", 0.0)
    with pytest.raises(LocalAwsError, match="does not answer after 0 s"):
        server.start(root)
    assert server.running(root) is None


def test_an_emulator_whose_starter_was_killed_is_found(root: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-m", "local_aws", "start", "--root", str(root)])
    while not StateFolder.below(root).state.exists():
        time.sleep(0.01)
    starter.kill()
    starter.wait()
    found = server.running(root)
    assert found
    assert server.start(root) == found
    assert server.stop(root) is True
    assert not psutil.pid_exists(found.pid)


def test_children_are_stopped_too(tmp_path: Path) -> None:
    code = "import subprocess, sys; subprocess.run(['sleep', '60'])"
    started = subprocess.Popen([sys.executable, "-c", code])
    parent = psutil.Process(started.pid)
    while not (children := parent.children()):
        pass
    server._terminate(parent)
    started.wait()
    assert not children[0].is_running()


def test_without_an_engine_status_reports_that_no_containers_run(root: Path) -> None:
    started = server.start(root)
    assert (started.containers, started.why_no_containers) == (False, "no container engine")
    assert record(root).docker_host == ""


def test_an_engine_that_has_stopped_is_noticed(root: Path) -> None:
    started = server.start(root)
    state = StateFolder.below(root).state
    lost = replace(record(root), docker_host=f"unix://{root}/gone.sock", why_no_containers="")
    state.write_text(json.dumps(vars(lost)))
    assert server.running(root) == started


def test_a_missing_permission_is_distinguished_from_a_missing_engine(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        path = str(tmp_path / "engine.sock")
        listener.bind(path)
        assert engine.unavailable_reason(f"unix://{path}") == engine.NO_ENGINE, "nobody listens"
    refused = RuntimeError("aborted", PermissionError(13, "Permission denied"))
    assert "add yourself to its group" in engine.describe_error("unix:///engine.sock", refused)
    assert "does not answer" in engine.describe_error("tcp://nowhere:1", ValueError("no such host"))


def test_the_bridge_of_another_engine_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {network.INTERFACE: []})
    client = Mock()
    client.networks.get.side_effect = docker.errors.NotFound("no such network")
    assert f"`ip link delete {network.INTERFACE}`" in network.ensure(client)
    client.networks.create.assert_not_called()


def test_the_environment_leads_to_the_emulator_only(local_aws: LocalAws) -> None:
    environment = local_aws.isolate({"AWS_PROFILE": "production", "AWS_SESSION_TOKEN": "real", "PATH": "/bin"})
    assert environment["AWS_ENDPOINT_URL"] == local_aws.endpoint_url
    assert environment["AWS_ACCESS_KEY_ID"] == "000000000000"
    assert environment["PATH"] == "/bin"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & environment.keys()


def test_all_patches_are_applied_by_default(local_aws: LocalAws) -> None:
    assert set(PATCHES) <= set(psutil.Process(local_aws.pid).cmdline())
