"""`python -m benchmarks.deployed`: how long a deployed Airflow takes to come up, to start a task, and to change."""

import datetime
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ops.local_aws import engine as local_engine
from ops.local_aws import server
from tests.checkout import Checkout
from tests.e2e import engine as engines
from tests.e2e import images
from tests.e2e.account import eventually
from tests.e2e.deployed import Deployed

EXECUTORS = ("local", "celery", "ecs")
IMAGES = ("apache/airflow:3.3.2-python3.12", "postgres:16-alpine", "public.ecr.aws/docker/library/redis:7-alpine")
CELERY = 'celery = { broker = "container", workers = { cpu = 512, memory = 2048, min_count = 1 } }\n'
PATIENCE = 600  # seconds
DAG = "tutorial__taskflow"


def main(
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file, too.")] = None,
) -> None:
    """Times of the environment `local` with containers, as ratios to what does not depend on them.

    Needs a container engine, or root on Debian, where it installs and starts one. Takes about twenty minutes.
    """
    console = Console(stderr=True)
    with engines.running(console.print) as host, tempfile.TemporaryDirectory() as folder:
        client = local_engine.connect(host)
        for tag in IMAGES:
            images.provide(client, tag, console.print)
        figures = dict(_measure(Path(folder), host, client, console))
        client.close()
    _show(figures)
    if json_file:
        json_file.write_text(json.dumps(figures, indent=2) + "\n")


def _measure(folder: Path, host: str, client: object, console: Console) -> Iterator[tuple[str, float]]:
    plain, full = (Checkout.make(folder / name) for name in ("plain", "full"))
    try:
        console.print("control plane only")
        yield "control plane", _seconds(lambda: plain.ops("demo", DOCKER_HOST=f"unix://{folder}/none"))
        plain.ops("down", DOCKER_HOST=f"unix://{folder}/none")
        platform = full.path / "environments/local/platform.tfvars"
        values = platform.read_text()
        for number, executor in enumerate(EXECUTORS):
            console.print(f"executor {executor}")
            celery = CELERY if executor == "celery" else ""
            platform.write_text(f'{values}airflow = {{ executor = "{executor}" }}\n{celery}')
            began = time.monotonic()
            if number == 0:
                full.ops("demo", DOCKER_HOST=host)
            else:
                full.cdktf("deploy", "local-platform", "--auto-approve", DOCKER_HOST=host)
            airflow = Deployed.in_checkout(full, client)
            eventually(airflow.healthy, PATIENCE)
            yield ("from nothing" if number == 0 else f"redeployed with {executor}"), time.monotonic() - began
            airflow.trigger(DAG).succeeds(PATIENCE)
            yield f"task with {executor}", _until_a_task_starts(airflow)
        yield (
            "deploy without a change",
            _seconds(lambda: full.cdktf("deploy", "local-platform", "--auto-approve", DOCKER_HOST=host)),
        )
    finally:
        for checkout in (plain, full):
            if server.running(checkout.path):
                checkout.ops("down", DOCKER_HOST=host)


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _until_a_task_starts(airflow: Deployed) -> float:
    asked = datetime.datetime.now(datetime.UTC)
    tasks = airflow.trigger(DAG).succeeds(PATIENCE)
    started = min(datetime.datetime.fromisoformat(one["start_date"]) for one in tasks)
    return (started - asked).total_seconds()


def _show(figures: dict[str, float]) -> None:
    against = {
        "from nothing": "control plane",
        **{f"redeployed with {one}": "deploy without a change" for one in EXECUTORS[1:]},
        **{f"task with {one}": "task with local" for one in EXECUTORS[1:]},
    }
    table = Table(title=f"Until all of Airflow is healthy, and until a task starts, {os.cpu_count()} cores")
    for heading in ("", "s", "ratio", "to"):
        table.add_column(heading, justify="left" if heading == "to" else "right")
    for name, seconds in figures.items():
        other = against.get(name)
        table.add_row(name, f"{seconds:.1f}", f"{seconds / figures[other]:.1f} x" if other else "", other or "")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
