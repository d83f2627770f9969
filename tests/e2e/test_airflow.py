"""Deployed Airflow with containers, from `make demo` to `make down`."""

import datetime
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg2  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from local_aws import server
from local_aws.state import StateFolder
from ops.airflow.weather_api import observations
from tests.checkout import Checkout
from tests.chromium import undisturbed
from tests.e2e import engine as engines
from tests.e2e import servers
from tests.e2e.account import eventually
from tests.e2e.deployed import Deployed, Run
from tests.e2e.projects import fetched_projects, release_file, weather_project
from tests.e2e.test_lifecycle import left

pytestmark = pytest.mark.slow

BASE = "airflow-on-aws/e2e"
TAG = "3.3.2-python3.12"
SCREENSHOTS = engines.FOLDER / "screenshots"
CELERY = """
airflow = { executor = "celery,ecs" }
celery = { broker = "container", workers = { cpu = 512, memory = 2048, concurrency = 2, max_count = 2, idle_seconds = 30 } }
"""
LOCAL = """
airflow = { executor = "local" }
"""

FAILS_TO_MIGRATE = """
import sys

if "migrate" in sys.orig_argv:
    raise SystemExit("Can't locate revision identified by '1234'")
"""


def trusting_base(engine: Any, folder: Path, certificate: Path) -> None:
    """Build a base image that trusts the certificate of the test's git server."""
    (folder / "gateway.crt").write_text(Path(f"{certificate}.crt").read_text())
    (folder / "Dockerfile").write_text(
        f"FROM apache/airflow:{TAG}\nUSER 0\nCOPY gateway.crt /tmp/\n"
        "RUN cat /tmp/gateway.crt >> /etc/ssl/certs/ca-certificates.crt\nUSER 50000:0\n"
    )
    engine.images.build(path=str(folder), tag=f"{BASE}:{TAG}", rm=True)


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, engine: Any, image: Callable[[str], str]) -> Iterator[Deployed]:
    for tag in (f"apache/airflow:{TAG}", "postgres:16-alpine", "public.ecr.aws/docker/library/redis:7-alpine"):
        image(tag)
    folder = tmp_path_factory.mktemp("servers")
    checkout = Checkout.make(tmp_path_factory.mktemp("deployed"))
    checkout.ops("local-aws", "start")
    (folder / "base").mkdir()
    certificate = servers.certificate(folder)
    trusting_base(engine, folder / "base", certificate)
    with ExitStack() as stack:
        git = stack.enter_context(servers.git(folder / "repositories", certificate))
        source = stack.enter_context(servers.weather())
        platform = checkout.path / "environments/local/platform.tfvars"
        weather_project(checkout, folder / "repositories" / "weather", f"{git}/weather", source)
        bundles = fetched_projects(checkout, folder / "repositories", git)
        platform.write_text(platform.read_text() + CELERY + bundles)
        stack.callback(server.stop, checkout.path)
        said = checkout.ops("demo", AIRFLOW_ON_AWS_BASE_IMAGE=BASE).stdout
        assert "Sign in: http://airflow-local-entry.alb.localhost:" in said
        yield Deployed.in_checkout(checkout, engine)


def test_every_component_is_healthy(airflow: Deployed) -> None:
    eventually(airflow.healthy, 300)


def test_the_tutorials_run_in_a_worker_that_is_started_on_demand(airflow: Deployed) -> None:
    assert airflow.containers("worker") == []
    for dag in ("tutorial__classic", "tutorial__taskflow"):
        run = airflow.trigger(dag)
        tasks = run.succeeds()
        schedulers = {one.id[:12] for one in airflow.containers("scheduler")}
        assert {one["hostname"] for one in tasks}.isdisjoint({"", *schedulers})
        run.says(tasks[0], "s3://airflow-local-logs-000000000000/")


@pytest.fixture
def page(airflow: Deployed, browser: Browser) -> Iterator[Page]:
    """Page of an administrator who has signed in."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        page = context.new_page()

        def sign_in() -> None:
            context.clear_cookies()
            page.goto(airflow.url)
            see("sign-in", page.locator("#password"))
            page.fill("#username", "admin")
            page.fill("#password", airflow.password)
            page.click("input[type=submit]")
            see("home", page.get_by_role("link", name="Dags", exact=True))

        undisturbed(page, sign_in)
        yield page


def visit(url: str, name: str, what: Locator) -> None:
    """Open a URL, and wait for an element."""

    def steps() -> None:
        what.page.goto(url)
        see(name, what)

    undisturbed(what.page, steps)


def see(name: str, what: Locator) -> None:
    """Wait for an element, and save a screenshot of the page."""
    try:
        expect(what.first).to_be_visible(timeout=60_000)
    except AssertionError:
        raise AssertionError(f"not on the page {name}: {what}\n{what.page.inner_text('body')}") from None
    finally:
        what.page.screenshot(path=SCREENSHOTS / f"{name}.png")


def test_a_browser_shows_dags_a_run_its_log_and_flower(airflow: Deployed, page: Page) -> None:
    run = airflow.trigger("tutorial__classic")
    run.succeeds()
    visit(f"{airflow.url}/dags", "dags", page.get_by_role("link", name="Tutorial: classic operators"))
    visit(f"{airflow.url}{run.page}", "run", page.get_by_role("link", name="shout"))
    visit(f"{airflow.url}{run.page}/tasks/shout?try_number=1", "log", page.get_by_text("GOOD MORNING, AIRFLOW"))
    visit(f"{airflow.url}/flower/", "flower", page.get_by_role("link", name="Workers"))


def test_a_project_is_imported_from_its_repository(airflow: Deployed) -> None:
    airflow.trigger("admin__import_dags").succeeds()
    eventually(lambda: airflow.get("/api/v2/dags?dag_id_pattern=weather__elt")["dags"], 60)
    eventually(lambda: airflow.get("/api/v2/importErrors")["import_errors"] == [], 120)


def test_its_elt_writes_a_file_and_rows_from_ecs_tasks(airflow: Deployed, page: Page) -> None:
    day = datetime.date(2026, 5, 3)
    run = airflow.trigger("weather__elt", {"day": str(day)})
    tasks = run.succeeds()
    assert len({one["hostname"] for one in tasks}) == len(tasks) == 3
    assert {one["executor"] for one in tasks} == {"ecs"}
    # The tasks run with the project's task definition, and so with its role.
    of_project = {"cluster": "airflow-local", "family": "airflow-local-weather-task", "desiredStatus": "STOPPED"}
    eventually(lambda: len(airflow.checkout.client("ecs").list_tasks(**of_project)["taskArns"]) >= len(tasks))
    s3 = airflow.checkout.client("s3")
    key = f"observations/KSTL/{day}.json"
    stored = json.load(s3.get_object(Bucket="airflow-local-weather-files-000000000000", Key=key)["Body"])
    start = datetime.datetime(2026, 5, 3, tzinfo=datetime.UTC)
    served = json.loads(json.dumps(observations(start, start + datetime.timedelta(days=1))))
    assert stored == served
    expected = [
        (one["properties"]["timestamp"], one["properties"]["temperature"]["value"]) for one in served["features"]
    ]
    assert rows(airflow, day) == [(datetime.datetime.fromisoformat(at), warmth) for at, warmth in expected]
    for one in tasks:
        run.says(one, "s3://airflow-local-logs-000000000000/dag_id=weather__elt/")
    visit(
        f"{airflow.url}{run.page}/tasks/load?try_number=1",
        "log-of-a-container",
        page.get_by_text(f"{len(expected)} rows for KSTL on {day}"),
    )


@pytest.mark.parametrize("project", ["sales", "shop"])
def test_airflow_fetches_bundles_for_a_worker_and_for_an_ecs_task(airflow: Deployed, project: str) -> None:
    dag = f"{project}__fetched"
    eventually(lambda: airflow.get(f"/api/v2/dags?dag_id_pattern={dag}")["dags"], 120)
    run = airflow.trigger(dag)
    tasks = run.succeeds()
    assert len({one["hostname"] for one in tasks}) == 2
    for one in tasks:
        run.says(one, "read from")
        run.says(one, f"/{project}/")


def rows(airflow: Deployed, day: datetime.date) -> list[Any]:
    """Return the rows of a day in the project's target, read with the project's password."""
    secrets = airflow.checkout.client("secretsmanager")
    password = secrets.get_secret_value(SecretId="airflow-local/infrastructure/weather/target-password")["SecretString"]
    (cluster,) = airflow.engine.containers.list(filters={"name": "cluster-airflow-local-weather"})
    (address,) = {one["IPAddress"] for one in cluster.attrs["NetworkSettings"]["Networks"].values()}
    with (
        psycopg2.connect(
            host=address, user="airflow", password=password, dbname="weather", sslmode="prefer"
        ) as connection,
        connection.cursor() as cursor,
    ):
        query = "select observed_at, temperature from observations where observed_at::date = %s order by observed_at"
        cursor.execute("set timezone to 'UTC'")
        cursor.execute(query, [day])
        return list(cursor.fetchall())


@pytest.fixture
def waiting(airflow: Deployed) -> Iterator[Run]:
    """A run with two waiting tasks, in a worker and in an ECS task. After the test they continue, and must not have restarted."""
    run = airflow.trigger("weather__waits")
    eventually(lambda: [one["state"] for one in run.tasks()] == ["running"] * 2, 240)
    yield run
    before = {one["task_id"]: one["hostname"] for one in run.tasks()}
    for hostname in before.values():
        airflow.engine.containers.get(hostname).exec_run(["touch", release_file(run)])
    after = run.succeeds()
    assert {one["task_id"]: one["hostname"] for one in after} == before
    assert {one["try_number"] for one in after} == {1}
    for one in after:
        run.says(one, "waited to the end")


def workers(airflow: Deployed) -> set[str]:
    """Return the hostnames of the workers."""
    return {one.id[:12] for one in airflow.containers("worker")}


def test_a_new_image_is_deployed_while_tasks_run(airflow: Deployed, waiting: Run) -> None:
    before, old = {one.id for one in airflow.containers("api-server")}, workers(airflow)
    changed = airflow.checkout.path / "airflow/dags/tutorials/classic.py"
    changed.write_text(changed.read_text() + "\n# changed\n")
    airflow.checkout.ops("image", "push", "local", AIRFLOW_ON_AWS_BASE_IMAGE=BASE)
    airflow.checkout.cdktf("deploy", "local-platform", "--auto-approve")
    eventually(airflow.healthy, 240)
    eventually(lambda: before.isdisjoint({one.id for one in airflow.containers("api-server")}), 120)
    hostnames = {one["hostname"] for one in airflow.trigger("tutorial__classic").succeeds()}
    assert hostnames
    assert hostnames <= workers(airflow) - old, "work after the deploy is for workers of the new image"
    assert [one["state"] for one in waiting.tasks()] == ["running"] * 2
    (busy,) = old & {one["hostname"] for one in waiting.tasks()}
    assert busy in workers(airflow)


def test_idle_workers_are_stopped(airflow: Deployed) -> None:
    eventually(lambda: airflow.containers("worker") == [], 240)


@pytest.mark.parametrize("component", ["scheduler", "api-server", "broker"])
def test_a_killed_component_is_replaced_and_no_task_is_lost(airflow: Deployed, waiting: Run, component: str) -> None:
    # A container from before a deploy may still be stopping.
    eventually(lambda: len(airflow.containers(component)) == 1, 120)
    (killed,) = airflow.containers(component)
    killed.kill()
    eventually(lambda: killed.id not in {one.id for one in airflow.containers(component)} and airflow.healthy(), 240)
    airflow.trigger("tutorial__classic").succeeds()


def test_a_restarted_database_loses_nothing(airflow: Deployed, waiting: Run) -> None:
    before = airflow.get("/api/v2/dags/tutorial__classic/dagRuns")["total_entries"]
    (database,) = airflow.engine.containers.list(filters={"name": "instance-airflow-local-database"})
    database.restart(timeout=5)
    time.sleep(5)
    eventually(airflow.healthy, 240)
    assert airflow.get("/api/v2/dags/tutorial__classic/dagRuns")["total_entries"] == before
    airflow.trigger("tutorial__classic").succeeds()


def test_a_failed_migration_is_explained_and_the_old_version_keeps_running(airflow: Deployed) -> None:
    deployed = definitions(airflow)
    before = {one.id for one in airflow.containers("api-server")}
    broken = airflow.checkout.path / "airflow/lib/sitecustomize.py"
    broken.write_text(FAILS_TO_MIGRATE)
    airflow.checkout.ops("image", "push", "local", AIRFLOW_ON_AWS_BASE_IMAGE=BASE)
    try:
        failed = airflow.checkout.cdktf("deploy", "local-platform", "--auto-approve", "--no-color", code=1)
    finally:
        broken.unlink()
        airflow.checkout.ops("image", "push", "local", AIRFLOW_ON_AWS_BASE_IMAGE=BASE)
    assert "api-server did not come up with what was deployed" in " ".join((failed.stdout + failed.stderr).split())
    assert "migration ended with 1" in failed.stderr
    assert "Can't locate revision identified by '1234'" in failed.stderr
    assert {one.id for one in airflow.containers("api-server")} == before
    assert airflow.healthy()
    assert definitions(airflow) == deployed
    assert {status for _, status in deployed.values()} == {"ACTIVE"}


def definitions(airflow: Deployed) -> dict[str, tuple[str, str]]:
    """Return the task definition of each service, and its status."""
    ecs = airflow.checkout.client("ecs")
    arns = ecs.list_services(cluster="airflow-local")["serviceArns"]
    runs = {
        one["serviceName"]: one["taskDefinition"]
        for one in ecs.describe_services(cluster="airflow-local", services=arns)["services"]
    }
    status = {
        one: ecs.describe_task_definition(taskDefinition=one)["taskDefinition"]["status"] for one in runs.values()
    }
    return {name: (one, status[one]) for name, one in runs.items()}


def test_one_line_switches_to_the_local_executor(airflow: Deployed) -> None:
    platform = airflow.checkout.path / "environments/local/platform.tfvars"
    platform.write_text(platform.read_text().replace(CELERY, LOCAL))
    airflow.checkout.cdktf("deploy", "local-platform", "--auto-approve")
    eventually(lambda: not (airflow.containers("broker") or airflow.containers("worker")) and airflow.healthy(), 240)
    # The scheduler from before the deploy may still be stopping.
    eventually(lambda: len(airflow.containers("scheduler")) == 1, 120)
    tasks = airflow.trigger("tutorial__taskflow").succeeds()
    assert {one["hostname"] for one in tasks} == {one.id[:12] for one in airflow.containers("scheduler")}


def test_nothing_remains_after_make_down(airflow: Deployed) -> None:
    state = StateFolder.below(airflow.checkout.path).state
    record = state.read_text()
    pushed = airflow.checkout.client("ecr").list_images(repositoryName="airflow-local-airflow")["imageIds"]
    images = {f"airflow-on-aws:{one['imageTag']}" for one in pushed}
    assert images
    assert images <= tags(airflow.engine)
    said = airflow.checkout.ops("down").stdout
    assert "Everything is destroyed, and the local AWS is stopped." in said
    state.write_text(record)
    assert left(airflow.engine, airflow.checkout.path) == []
    state.unlink()
    assert not images & tags(airflow.engine)


def tags(engine: Any) -> set[str]:
    """Return the names of all images."""
    return {tag for image in engine.images.list() for tag in image.tags}
