"""Start and stop of an emulator with containers: its sockets, and what remains in the engine."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from local_aws import network, ports, server
from local_aws.containers import RUN_LABEL
from local_aws.patches import PATCHES
from local_aws.state import StateFolder
from tests.e2e.account import Account, account, eventually
from tests.facts import unique

pytestmark = pytest.mark.slow

Image = Callable[[str], str]


@pytest.fixture
def busy(tmp_path: Path, engine: Any, image: Image) -> Any:
    """Emulator with a running task, a volume, and an image in its registry."""
    with account(tmp_path, engine, image, PATCHES) as aws:
        system = aws.connect("efs").create_file_system(CreationToken=unique("token"))["FileSystemId"]
        volume = {"name": "files", "efsVolumeConfiguration": {"fileSystemId": system}}
        points = [{"sourceVolume": "files", "containerPath": "/files"}]
        aws.status(aws.run(aws.container("sleep 600", mountPoints=points), volumes=[volume]), "RUNNING")
        engine.images.get(aws.image).tag(f"127.0.0.1:{aws.local_aws.port}/airflow", "1")
        assert len(left(engine, tmp_path)) == 3
        yield aws


def left(engine: Any, root: Path) -> list[Any]:
    """Return the containers, volumes and images of an emulator in the engine."""
    record = StateFolder.below(root).read()
    assert record
    labelled = {"label": f"{RUN_LABEL}={record.run_id}"}
    images = engine.images.list(name=f"127.0.0.1:{record.port}/airflow")
    containers = engine.containers.list(all=True, filters=labelled, ignore_removed=True)
    return [*containers, *engine.volumes.list(filters=labelled), *images]


def test_it_listens_on_loopback_and_in_its_own_network_only(busy: Account) -> None:
    assert busy.local_aws.containers
    addresses = {address for address, _ in ports.listening(psutil.Process(busy.local_aws.pid))}
    assert addresses == {"127.0.0.1", network.GATEWAY}


@pytest.mark.parametrize("crashed", [False, True])
def test_nothing_remains_after_a_stop(busy: Account, engine: Any, tmp_path: Path, crashed: bool) -> None:
    state = StateFolder.below(tmp_path).state
    record = state.read_text()
    if crashed:
        process = psutil.Process(busy.local_aws.pid)
        process.kill()
        process.wait()
    assert server.stop(tmp_path) is not crashed
    state.write_text(record)
    assert left(engine, tmp_path) == []
    state.unlink()
    assert network.NAME not in [one.name for one in engine.networks.list()]


def test_two_emulators_do_not_disturb_each_other(busy: Account, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    server.start(other)
    server.stop(other)
    task = busy.run(busy.container("wget -qO- $AWS_ENDPOINT_URL/_ministack/ready && echo && echo reached"))
    busy.says(task, "reached")
    eventually(lambda: not busy.containers(task))


def test_leftovers_of_a_killed_emulator_are_removed_by_the_next_start(
    busy: Account, engine: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """This matters because databases of all emulators have the same names, and a deleted checkout is never stopped."""
    process = psutil.Process(busy.local_aws.pid)
    process.kill()
    process.wait()
    other = tmp_path_factory.mktemp("other")
    server.start(other)
    found = [
        *engine.containers.list(all=True, filters={"label": RUN_LABEL}),
        *engine.volumes.list(filters={"label": RUN_LABEL}),
    ]
    server.stop(other)
    assert found == []
