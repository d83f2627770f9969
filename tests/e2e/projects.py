"""Projects of the deployed platform, and their DAGs."""

import json
from pathlib import Path

from tests.airflow.repository import Repository
from tests.checkout import Checkout
from tests.e2e import servers
from tests.e2e.deployed import Run

WAITS = """
import time
from pathlib import Path

from airflow.sdk import dag, get_current_context, task


@dag(dag_id="weather__waits", tags=["test"], default_args={"owner": "test", "retries": 0})
def waits():
    @task
    def wait():
        go_on = Path("/tmp", get_current_context()["run_id"])
        for second in range(1800):
            if go_on.exists():
                break
            time.sleep(1)
        print("waited to the end")

    wait.override(task_id="in_a_worker")()
    wait.override(task_id="on_ecs", executor="ecs")()


waits()
"""

FETCHED = """
from airflow.sdk import DAG, task

with DAG("{project}__fetched", tags=["test"], default_args={{"owner": "test", "retries": 0}}):

    @task
    def where():
        print("read from", __file__)

    where.override(task_id="in_a_worker")()
    where.override(task_id="on_ecs", executor="ecs")()
"""
SHOP = "example-shop-dags"


def weather_project(checkout: Checkout, folder: Path, url: str, source: str) -> None:
    """Create the project weather with a source. Its ELT runs on ECS; another DAG waits for a file."""
    tfvars = checkout.path / "environments/local/projects/weather.tfvars"
    tfvars.unlink()  # the shipped project of this name, whose repository is an example
    checkout.ops("new-project", "weather", "--env=local", "--owner=team@localhost", f"--repo={url}", f"--into={folder}")
    tfvars.write_text(f'{tfvars.read_text()}variables = {{ source = "{source}" }}\n')
    elt = (folder / "dags/elt.py").read_text()
    on_ecs = elt.replace('"retries": 2', '"retries": 0, "executor": "ecs"')
    assert on_ecs != elt
    Repository(folder).change({"dags/elt.py": on_ecs, "dags/waits.py": WAITS})


def fetched_projects(checkout: Checkout, repositories: Path, git: str) -> str:
    """Create projects whose DAGs Airflow fetches from a private repository and from a bucket; return the platform's settings."""
    sales = Repository(repositories / servers.PRIVATE)
    sales.change({"dags/fetched.py": FETCHED.format(project="sales")})
    token = {"conn_type": "git", "login": "x-access-token", "password": servers.TOKEN}
    connection = "airflow-local/connections/sales_git"
    checkout.client("secretsmanager").create_secret(Name=connection, SecretString=json.dumps(token))
    s3 = checkout.client("s3")
    s3.create_bucket(Bucket=SHOP)
    s3.put_object(Bucket=SHOP, Key="dags/fetched.py", Body=FETCHED.format(project="shop").encode())
    for project, access in (("sales", ""), ("shop", f'access = {{ s3_read = ["{SHOP}"] }}\n')):
        repository = f'repository = {{ url = "https://github.com/example/{project}.git" }}\n'
        tfvars = f'owner = "team@localhost"\nprotected = false\n{repository}{access}'
        (checkout.path / f"environments/local/projects/{project}.tfvars").write_text(tfvars)
    return f"""
bundles = {{
  sales = {{ git = {{ url = "{git}/sales", private = true }} }}
  shop  = {{ s3 = {{ bucket = "{SHOP}", prefix = "dags/" }} }}
}}
"""


def release_file(run: Run) -> str:
    """Return the file for which a run of WAITS waits, in the container of each of its tasks."""
    return f"/tmp/{run.id}"  # noqa: S108 - in the container
