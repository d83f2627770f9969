"""`ops run-project`: bring a project's DAGs in, and run one."""

import time

from rich.console import Console

from configuration.environment import Environment
from local_aws import server
from ops.account import Account, account_of
from ops.airflow import laptop
from ops.airflow.api import Api, eventually
from ops.airflow.home import DEFAULT_HOME, AirflowHome
from ops.airflow.sign_in import environment_api
from ops.errors import OpsError
from ops.paths import ROOT
from ops.projects.commands import deploy_command

IMPORT = "admin__import_dags"
# On AWS a task starts after about a minute.
SECONDS = 1200.0


def import_and_run(environment: Environment, project: str, dag_id: str, console: Console) -> None:
    """Says what each task did; raises OpsError unless all went well."""
    account = account_of(environment.platform)
    account.check()
    _check_deployed(environment, project, account)
    api = connect(environment, account, console)
    _run(api, IMPORT, {"project": project}, console)
    _run(api, dag_id, {}, console)


def connect(environment: Environment, account: Account, console: Console) -> Api:
    """The environment's Airflow; for a local AWS without containers that of this machine, started if it does not run."""
    running = server.running(ROOT) if environment.platform.local_aws else None
    if running and not running.containers:
        laptop.start_airflow(AirflowHome(DEFAULT_HOME), None, console)
    return environment_api(environment, account)


def _check_deployed(environment: Environment, project: str, account: Account) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    ssm, name = account.client("ssm"), f"/{environment.prefix}/projects/{project}"
    try:
        ssm.get_parameter(Name=name)
    except ssm.exceptions.ParameterNotFound:
        raise OpsError(
            f"project {project} is not deployed in {environment.name}: {deploy_command(environment.name, project)}"
        ) from None
    except (BotoCoreError, ClientError) as error:
        message = " ".join(str(error).split())
        raise OpsError(f"{name} cannot be read ({message}): see to your role's rights") from None


def _run(api: Api, dag_id: str, conf: dict[str, str], console: Console) -> None:
    console.print(f"[bold]{dag_id}[/bold]", highlight=False)
    began = time.monotonic()
    eventually(lambda: api.knows(dag_id), f"Airflow has not found {dag_id}", SECONDS)
    ended = api.run(dag_id, conf, SECONDS)
    for task in ended.tasks:
        console.print(f"  {task.name}: {task.state}", highlight=False, markup=False)
        for line in task.lines:
            console.print(f"    {line}", highlight=False, markup=False, soft_wrap=True)
    if ended.state != "success":
        raise OpsError(f"{dag_id} ended with {ended.state}: its log is at {api.url}/dags/{dag_id}")
    console.print(f"  {ended.state} ({time.monotonic() - began:.0f} s)", highlight=False)
