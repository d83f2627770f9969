"""Measure how long a deployed Airflow takes to start, to start a task and to change: `python -m benchmarks.deployed`."""

import datetime
import json
import os
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from local_aws import engine as local_engine
from local_aws import server
from local_aws.patches.launch import CONTAINER_NAME
from ops.airflow.api import HEALTH_COMPONENTS
from ops.image.builder import NAME
from tests.checkout import Checkout
from tests.e2e import engine as engines
from tests.e2e import images
from tests.e2e.account import eventually
from tests.e2e.deployed import Deployed

BASE = "apache/airflow:3.3.2-python3.12"
IMAGES = (BASE, "postgres:16-alpine", "public.ecr.aws/docker/library/redis:7-alpine")
EXECUTORS = {
    "local": "",
    "ecs": "",
    # No worker runs at first. A worker that was started stays for the following runs.
    "celery,ecs": 'celery = { broker = "container", workers = { cpu = 512, memory = 2048, max_count = 1, idle_seconds = 300 } }\n',
}
PATIENCE = 900  # seconds
DAG = "tutorial__taskflow"
RUNS = 3
CONTROL_PLANE = "apply, control plane only"


def main(
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file, too.")] = None,
) -> None:
    """Time the environment `local` with containers, relative to the apply of its control plane, which mostly waits.

    Needs a container engine, or root on Debian, where it installs and starts one. Takes about half an hour.
    """
    console = Console(stderr=True)
    with engines.running(console.print) as host, tempfile.TemporaryDirectory() as folder:
        client = local_engine.connect(host)
        for tag in IMAGES:
            images.provide(client, tag, console.print)
        plain, full = (Checkout.make(Path(folder) / name) for name in ("plain", "full"))
        try:
            seconds = {CONTROL_PLANE: _control_plane(plain, f"unix://{folder}/none")}
            console.print(f"{CONTROL_PLANE}: {seconds[CONTROL_PLANE]:.1f} s")
            for name, took in _measure(full, host, client):
                console.print(f"{name}: {took:.1f} s")
                seconds[name] = took
            megabytes = _sizes(full, client)
        finally:
            if server.running(plain.path):
                plain.ops("local-aws", "stop")
            if server.running(full.path):
                full.ops("down", DOCKER_HOST=host)
        client.close()
    ratios = {name: took / seconds[CONTROL_PLANE] for name, took in seconds.items()}
    _show(seconds, ratios, megabytes)
    if json_file:
        figures = {"cores": os.cpu_count(), "seconds": seconds, "ratios": ratios, "megabytes": megabytes}
        json_file.write_text(json.dumps(figures, indent=2) + "\n")


def _control_plane(checkout: Checkout, no_engine: str) -> float:
    """Return the seconds of an apply without containers: work of Terraform and the emulator, and waits of the provider."""
    _prepare(checkout, no_engine)
    took = _seconds(lambda: _deploy(checkout, no_engine))
    checkout.ops("local-aws", "stop")
    return took


def _measure(checkout: Checkout, host: str, client: Any) -> Iterator[tuple[str, float]]:
    platform = checkout.path / "environments/local/platform.tfvars"
    values = platform.read_text()

    def choose(executor: str) -> None:
        platform.write_text(f'{values}airflow = {{ executor = "{executor}" }}\n{EXECUTORS[executor]}')

    choose("local")
    _prepare(checkout, host)
    _push(checkout, host)
    airflow = Deployed.in_checkout(checkout, client)
    yield "apply, until Airflow is healthy", _until(airflow.healthy, checkout, host)
    eventually(lambda: airflow.get(f"/api/v2/dags?dag_id_pattern={DAG}")["dags"], PATIENCE)
    airflow.trigger(DAG).succeeds(PATIENCE)
    yield "task starts, local", _median_until_a_task_starts(airflow)

    changed = checkout.path / "airflow/dags/tutorials/classic.py"
    changed.write_text(changed.read_text() + "\n# changed\n")
    yield "build and push of a changed DAG", _seconds(lambda: _push(checkout, host))
    before = _ids(airflow, "api-server")
    yield (
        "new image, until the new api-server is healthy",
        _until(lambda: _new_answers(airflow, before), checkout, host),
    )
    eventually(lambda: _replaced(airflow, "api-server", before), PATIENCE)

    before = _ids(airflow, "scheduler")
    choose("ecs")
    _until(lambda: _replaced(airflow, "scheduler", before), checkout, host)
    airflow.trigger(DAG).succeeds(PATIENCE)
    yield "task starts, ecs", _median_until_a_task_starts(airflow)

    before = _ids(airflow, "scheduler")
    choose("celery,ecs")
    _until(lambda: _replaced(airflow, "scheduler", before), checkout, host)
    assert not _ids(airflow, "worker"), "a worker runs before there is a task"  # noqa: S101
    yield "task starts, celery from no worker", _until_a_task_starts(airflow)
    workers = _ids(airflow, "worker")
    yield "task starts, celery with a worker", _median_until_a_task_starts(airflow)
    assert workers == _ids(airflow, "worker") != set(), "the worker was replaced between the runs"  # noqa: S101

    yield "apply without a change", _seconds(lambda: _deploy(checkout, host))


def _prepare(checkout: Checkout, host: str) -> None:
    checkout.ops("local-aws", "start", DOCKER_HOST=host)
    checkout.ops("bootstrap", "local", DOCKER_HOST=host)


def _push(checkout: Checkout, host: str) -> None:
    checkout.ops("image", "push", "local", DOCKER_HOST=host)


def _deploy(checkout: Checkout, host: str) -> None:
    checkout.cdktf("deploy", "local-platform", "--auto-approve", DOCKER_HOST=host)


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _until(reached: Callable[[], bool], checkout: Checkout, host: str) -> float:
    """Return the seconds from the start of a deploy until ``reached``. The deploy may take longer, and must succeed."""
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        deploy = pool.submit(_deploy, checkout, host)

        def look() -> bool:
            if deploy.done():
                deploy.result()
            return reached()

        eventually(look, PATIENCE)
        took = time.monotonic() - began
        deploy.result()
    return took


def _containers(airflow: Deployed, component: str) -> list[Any]:
    label = f"{CONTAINER_NAME}={component}"
    # Containers are created and removed during the query.
    return list(airflow.engine.containers.list(filters={"label": label}, ignore_removed=True))


def _ids(airflow: Deployed, component: str) -> set[str]:
    return {one.id for one in _containers(airflow, component)}


def _replaced(airflow: Deployed, component: str, before: set[str]) -> bool:
    """Return whether new containers have replaced all containers of a component, and Airflow is healthy."""
    now = _ids(airflow, component)
    return bool(now) and before.isdisjoint(now) and airflow.healthy()


def _new_answers(airflow: Deployed, before: set[str]) -> bool:
    """Return whether a new api-server reports healthy. It is queried by its address: old servers may still answer."""
    new = [one for one in _containers(airflow, "api-server") if one.id not in before]
    addresses = {net["IPAddress"] for one in new for net in one.attrs["NetworkSettings"]["Networks"].values()}
    return any(_healthy(f"http://{address}:8080/api/v2/monitor/health") for address in filter(None, addresses))


def _healthy(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as answer:
            said = json.load(answer)
    except (OSError, ValueError):
        return False
    return all(said[name]["status"] == "healthy" for name in HEALTH_COMPONENTS)


def _median_until_a_task_starts(airflow: Deployed) -> float:
    return statistics.median(_until_a_task_starts(airflow) for _ in range(RUNS))


def _until_a_task_starts(airflow: Deployed) -> float:
    asked = datetime.datetime.now(datetime.UTC)
    tasks = airflow.trigger(DAG).succeeds(PATIENCE)
    started = min(datetime.datetime.fromisoformat(one["start_date"]) for one in tasks)
    return (started - asked).total_seconds()


def _sizes(checkout: Checkout, client: Any) -> dict[str, float]:
    """Return the size in MB of the deployed image, and of our layers in it."""
    (tag, *_) = {
        one["imageTag"]
        for one in checkout.client("ecr").list_images(repositoryName="airflow-local-airflow")["imageIds"]
    }
    image, base = (client.images.get(name).attrs["Size"] / 1e6 for name in (f"{NAME}:{tag}", BASE))
    return {"image": image, "our layers on top of the base": image - base}


def _show(seconds: dict[str, float], ratios: dict[str, float], megabytes: dict[str, float]) -> None:
    table = Table(title=f"Airflow, deployed to the local AWS, {os.cpu_count()} cores; tasks: from the trigger")
    table.add_column("")
    table.add_column("s", justify="right")
    table.add_column(f"to {CONTROL_PLANE}", justify="right")
    for name, took in seconds.items():
        table.add_row(name, f"{took:.1f}", f"{ratios[name]:.3f} x")
    out = Console()
    out.print(table)
    for name, size in megabytes.items():
        out.print(f"{name}: {size:.0f} MB", highlight=False)


if __name__ == "__main__":
    typer.run(main)
