"""`ops run-project`: import of a project's DAGs, and a run of a DAG."""

import time

from rich.console import Console

from configuration.environment import Environment
from local_aws import server
from ops.account import Account, account_of, aws_errors
from ops.airflow import laptop
from ops.airflow.api import Api, eventually
from ops.airflow.home import DEFAULT_HOME, AirflowHome
from ops.airflow.sign_in import environment_api
from ops.errors import OpsError
from ops.paths import ROOT
from ops.projects.commands import deploy_command
from ops.terminal import print_text

IMPORT = "admin__import_dags"
TIMEOUT_SECONDS = 1200.0  # on AWS each task takes about a minute to start


def import_and_run(environment: Environment, project: str, dag_id: str, console: Console) -> None:
    """Run both DAGs and print the output of each task; raises OpsError unless both succeed."""
    account = account_of(environment.platform)
    account.check()
    _check_deployed(environment, project, account)
    api = connect_to_airflow(environment, account, console)
    _run_dag(api, IMPORT, {"project": project}, console)
    _run_dag(api, dag_id, {}, console)


def connect_to_airflow(environment: Environment, account: Account, console: Console) -> Api:
    """Return a client of the environment's Airflow; without containers, start the Airflow of this machine if necessary."""
    running = server.running(ROOT) if environment.platform.local_aws else None
    if running and not running.containers:
        laptop.start_airflow(AirflowHome(DEFAULT_HOME), None, console)
    return environment_api(environment, account)


def _check_deployed(environment: Environment, project: str, account: Account) -> None:
    ssm, name = account.client("ssm"), f"/{environment.prefix}/projects/{project}"
    with aws_errors(f"{name} cannot be read", "check your role's permissions"):
        try:
            ssm.get_parameter(Name=name)
        except ssm.exceptions.ParameterNotFound:
            raise OpsError(
                f"project {project} is not deployed in {environment.name}: {deploy_command(environment.name, project)}"
            ) from None


def _run_dag(api: Api, dag_id: str, conf: dict[str, str], console: Console) -> None:
    print_text(console, dag_id, "bold")
    began = time.monotonic()
    eventually(lambda: api.knows(dag_id), f"Airflow has not found {dag_id}", TIMEOUT_SECONDS)
    run = api.run(dag_id, conf, TIMEOUT_SECONDS)
    for task in run.tasks:
        print_text(console, f"  {task.name}: {task.state}")
        for line in task.lines:
            print_text(console, f"    {line}")
    if run.state != "success":
        raise OpsError(f"{dag_id} ended with {run.state}: see its log at {api.url}/dags/{dag_id}")
    print_text(console, f"  {run.state} ({time.monotonic() - began:.0f} s)")
