"""
### ImportDAGs

Brings the newest commit of every project's branch to where Airflow reads it. Where several have one, each is a task of its own;
of more than 16, each task brings several; a single one is brought by the task `projects` itself, and `deliver` is skipped.
Which projects there are is said by the
registry, and by `projects.csv` where a team has one; the DAGs of one that is there no longer are taken away. A commit that does
not pass the check is refused; the release before it stays. A project with a bundle of its own is only registered: Airflow
fetches its DAGs itself. With `repository` (a URL, or a name such as `example/weather`) or `project`, only that one.
"""

import logging
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, dag, task
from airflow_on_aws.admin import tasks

if TYPE_CHECKING:
    from airflow_on_aws.admin.rest_api import Api

log = logging.getLogger(__name__)
# As many as Airflow runs at a time of one DAG (`max_active_tasks_per_dag`): more would only be more containers to start.
TASKS = 16
NAME = """{% set these = task.op_kwargs['entries'] %}{{ these[0]['name'] }}
{%- if these | length > 1 %} and {{ these | length - 1 }} more{% endif %}"""


@dag(
    dag_id="admin__import_dags",
    dag_display_name="ImportDAGs",
    description="Clones or updates the DAGs of every project, or of one",
    doc_md=__doc__,
    tags=["admin"],
    schedule="*/10 * * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    # A project that is slow today does not keep the others waiting for their push.
    max_active_runs=8,
    params={
        "repository": Param(None, type=["null", "string"], description="Only the project of this repository"),
        "project": Param(None, type=["null", "string"], description="Only this project"),
    },
    default_args=tasks.arguments(),
)
def import_dags() -> None:
    """A task for each project with something to do; one that fails stops no other."""

    @task
    def projects(params: dict[str, Any]) -> list[list[dict[str, Any]]]:
        """What there is to do. A single thing is done here: on ECS a second task is a second container, a minute later."""
        from airflow_on_aws.delivery import registry
        from airflow_on_aws.delivery.project_delivery import outdated
        from airflow_on_aws.delivery.releases import imported, projects_folder

        before = imported(projects_folder())  # first, so that what is registered and delivered meanwhile has not left
        found, lines = registry.read()
        for line in lines:
            log.error(line)
        # Who is not among what could be read may be in the rest.
        left = [] if lines else [name for name in before if name not in {project.name for project in found}]
        if params["repository"] or params["project"]:
            todo = [asdict(project) for project in registry.choose(found, params["repository"], params["project"])]
            todo += [{"name": name, "left": True} for name in left if name == params["project"]]
            if not todo:
                wanted = params["repository"] or params["project"]
                tasks.fail(f"no project has {wanted}; see to the registry" + (f": {lines[0]}" if lines else ""))
        else:
            if left and not registry.is_filled(found):
                log.warning(
                    "the registry is empty: %s stay, until ImportDAGs is started with each as `project`",
                    ", ".join(left),
                )
                left = []
            changed = outdated(found, projects_folder())
            log.info("%d projects, %d with something new, %d that left", len(found), len(changed), len(left))
            todo = [asdict(project) for project in changed]
            todo += [{"name": name, "left": True} for name in left]
            todo += [{"name": "unreadable", "line": line} for line in lines]
        if len(todo) == 1:
            bring(todo)
            return []
        return [todo[first::TASKS] for first in range(min(TASKS, len(todo)))]

    @task(map_index_template=NAME)
    def deliver(entries: list[dict[str, Any]]) -> None:
        """Brings one of them; several, where there are more than tasks."""
        bring(entries)

    deliver.expand(entries=projects())


def bring(entries: list[dict[str, Any]]) -> None:
    """Does what is to be done for each; what failed fails the task when all of it has been tried."""
    from airflow_on_aws.admin.rest_api import Api, ApiError
    from airflow_on_aws.delivery.project_delivery import DeliveryError

    wrong = []
    try:
        with Api.connect() as api:
            for entry in entries:
                try:
                    bring_one(entry, api)
                except (ApiError, DeliveryError) as error:
                    wrong.append(str(error))
    except ApiError as error:
        tasks.fail(str(error))
    for line in wrong[1:]:
        log.error(line)
    tasks.fail_if(wrong)


def bring_one(entry: dict[str, Any], api: "Api") -> None:
    """Raises ApiError or DeliveryError. What it logs, `ops run-project` shows."""
    from airflow_on_aws.delivery import bundles
    from airflow_on_aws.delivery.parsing import ids_elsewhere, look_again
    from airflow_on_aws.delivery.project_delivery import DeliveryError, deliver, register, withdraw
    from airflow_on_aws.delivery.registry import Project
    from airflow_on_aws.delivery.releases import projects_folder

    if "line" in entry:
        raise DeliveryError(entry["line"])
    name = entry["name"]
    if "left" in entry:
        withdraw(name, projects_folder())
        look_again(api, name)
        log.info("%s: left the registry, and its DAGs are taken away", name)
        return
    project = Project(**entry)
    if name in bundles.names():
        register(project, projects_folder())
        look_again(api, name, bundle=name)
        log.info("%s: has a bundle of its own, which Airflow fetches itself", name)
    elif commit := deliver(project, projects_folder(), lambda name: ids_elsewhere(api, name)):
        log.info("%s: commit %s is current", name, commit)
        look_again(api, name)
        log.info("%s: Airflow has been asked to read it now", name)
    else:
        log.info("%s: nothing new", name)


import_dags()
