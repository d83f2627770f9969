"""
### ImportDAGs

Delivers the newest commit of every project's branch to the folder that Airflow reads.

- The projects are listed in the registry and, if a team has one, in `projects.csv`. The DAGs of a project that is no longer
  listed are removed.
- If several projects have something new, each is a mapped task; above 16, each task delivers several. The task `projects`
  itself delivers a single project, and `deliver` is skipped.
- A commit that fails the checks is refused, and the current release stays.
- Airflow itself fetches the DAGs of a project with its own bundle; such a project is only registered.
- With `repository` (a URL, or a name such as `example/weather`) or `project`, only that project is delivered.
"""

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, task
from airflow_on_aws.admin.tasks import admin_dag, fail, fail_if_any

if TYPE_CHECKING:
    from airflow_on_aws.admin.rest_api import Api

log = logging.getLogger(__name__)
# Airflow runs this many tasks of one DAG at a time (`max_active_tasks_per_dag`); more would only start more containers.
TASKS = 16
NAME = """{% set these = task.op_kwargs['entries'] %}{{ these[0]['name'] }}
{%- if these | length > 1 %} and {{ these | length - 1 }} more{% endif %}"""


@admin_dag(
    "import_dags",
    "ImportDAGs",
    "Clones or updates the DAGs of every project, or of one project",
    __doc__,
    schedule="*/10 * * * *",
    catchup=False,
    # A run with a slow project does not delay the pushes of other projects.
    max_active_runs=8,
    params={
        "repository": Param(None, type=["null", "string"], description="Only the project with this repository"),
        "project": Param(None, type=["null", "string"], description="Only this project"),
    },
)
def import_dags() -> None:
    """Run a task for each project with changes; a failed task does not affect the others."""

    @task
    def projects(params: dict[str, Any]) -> list[list[dict[str, Any]]]:
        """Return the work, divided among tasks.

        A single entry is processed here: on ECS a second task would be a second container, a minute later.
        """
        from airflow_on_aws.delivery import registry
        from airflow_on_aws.delivery.project_delivery import outdated_projects
        from airflow_on_aws.delivery.releases import delivered_projects, projects_folder

        # Listed first, so that a project that is registered and delivered meanwhile does not seem to have left.
        delivered = delivered_projects(projects_folder())
        found, errors = registry.read_projects()
        for error in errors:
            log.error(error)
        # An entry that cannot be read may be any project's, so no project counts as left.
        left = [] if errors else [name for name in delivered if name not in {project.name for project in found}]
        if params["repository"] or params["project"]:
            selected = registry.select_projects(found, params["repository"], params["project"])
            todo = [asdict(project) for project in selected]
            todo += [{"name": name, "left": True} for name in left if name == params["project"]]
            if not todo:
                wanted = params["repository"] or params["project"]
                fail(f"no project matches {wanted}; check the registry" + (f": {errors[0]}" if errors else ""))
        else:
            if left and not registry.is_filled(found):
                log.warning(
                    "the registry is empty, so the DAGs of %s stay; to remove them, start ImportDAGs with each as `project`",
                    ", ".join(left),
                )
                left = []
            changed = outdated_projects(found, projects_folder())
            log.info("%d projects: %d changed, %d left the registry", len(found), len(changed), len(left))
            todo = [asdict(project) for project in changed]
            todo += [{"name": name, "left": True} for name in left]
            todo += [{"name": "unreadable", "error": error} for error in errors]
        if len(todo) == 1:
            process(todo)
            return []
        return [todo[first::TASKS] for first in range(min(TASKS, len(todo)))]

    @task(map_index_template=NAME)
    def deliver(entries: list[dict[str, Any]]) -> None:
        """Process one entry, or several if there are more entries than tasks."""
        process(entries)

    deliver.expand(entries=projects())


def process(entries: list[dict[str, Any]]) -> None:
    """Process each entry; fail at the end if any of them failed."""
    from airflow_on_aws.admin.rest_api import Api, ApiError
    from airflow_on_aws.delivery.project_delivery import DeliveryError

    errors = []
    try:
        with Api.connect() as api:
            for entry in entries:
                try:
                    process_entry(entry, api)
                except (ApiError, DeliveryError) as error:
                    errors.append(str(error))
    except ApiError as error:
        fail(str(error))
    for message in errors[1:]:
        log.error(message)
    fail_if_any(errors)


def process_entry(entry: dict[str, Any], api: "Api") -> None:
    """Deliver, register or withdraw a project; raises ApiError or DeliveryError. `ops run-project` shows its log."""
    from airflow_on_aws.delivery.bundles import fetched_bundles
    from airflow_on_aws.delivery.parsing import ids_used_elsewhere, request_parsing
    from airflow_on_aws.delivery.project_delivery import DeliveryError, deliver, register, withdraw
    from airflow_on_aws.delivery.registry import Project
    from airflow_on_aws.delivery.releases import projects_folder

    if "error" in entry:
        raise DeliveryError(entry["error"])
    name = entry["name"]
    if "left" in entry:
        withdraw(name, projects_folder())
        request_parsing(api, name)
        log.info("%s: left the registry; its DAGs are removed", name)
        return
    project = Project(**entry)
    if name in fetched_bundles():
        register(project, projects_folder())
        request_parsing(api, name, bundle=name)
        log.info("%s: has its own bundle, which Airflow fetches itself", name)
    elif commit := deliver(project, projects_folder(), lambda name: ids_used_elsewhere(api, name)):
        log.info("%s: commit %s is current", name, commit)
        request_parsing(api, name)
        log.info("%s: requested that Airflow parses it now", name)
    else:
        log.info("%s: no changes", name)


import_dags()
