"""
### ImportDAGs

Brings the newest commit of every project's branch to where Airflow reads it, one task for each that has one. Which projects
there are is said by the registry, and by `projects.csv` where a team has one. A commit that does not pass the check is
refused; the release before it stays. A project with a bundle of its own is only registered: Airflow fetches its DAGs itself.
With `repository` (a URL, or a name such as `example/weather`) or `project`, only that one.
"""

import logging
from dataclasses import asdict
from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow_on_aws import admin

log = logging.getLogger(__name__)


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
    default_args=admin.arguments(),
)
def import_dags() -> None:
    """One task for each project with something new, so that one that fails stops no other."""

    @task
    def projects(params: dict[str, Any]) -> list[dict[str, str]]:
        """The projects that have something new, and what cannot be read of them as an entry that fails."""
        from airflow_on_aws import registry
        from airflow_on_aws.delivery import outdated
        from airflow_on_aws.releases import projects_folder

        found, lines = registry.read()
        for line in lines:
            log.error(line)
        if params["repository"] or params["project"]:
            chosen = registry.choose(found, params["repository"], params["project"])
            if not chosen:
                wanted = params["repository"] or params["project"]
                admin.fail(f"no project has {wanted}; see to the registry" + (f": {lines[0]}" if lines else ""))
            return [asdict(project) for project in chosen]
        changed = outdated(found, projects_folder())
        log.info("%d projects, %d with something new", len(found), len(changed))
        return [asdict(project) for project in changed] + [{"name": "unreadable", "line": line} for line in lines]

    @task(map_index_template="{{ task.op_kwargs['entry']['name'] }}")
    def deliver(entry: dict[str, str]) -> str | None:
        """The commit that is current from now on, if it was not before."""
        from airflow_on_aws import bundles
        from airflow_on_aws.api import Api, ApiError
        from airflow_on_aws.delivery import DeliveryError, deliver, register
        from airflow_on_aws.parsing import ids_elsewhere, look_again
        from airflow_on_aws.registry import Project
        from airflow_on_aws.releases import projects_folder

        if "line" in entry:
            admin.fail(entry["line"])
        project = Project(**entry)
        try:
            with Api.connect() as api:
                if project.name in bundles.names():
                    register(project, projects_folder())
                    look_again(api, project.name, bundle=project.name)
                    log.info("%s: has a bundle of its own, which Airflow fetches itself", project.name)
                    return None
                commit = deliver(project, projects_folder(), lambda name: ids_elsewhere(api, name))
                if commit is None:
                    log.info("%s: nothing new", project.name)
                    return None
                log.info("%s: commit %s is current", project.name, commit)
                if look_again(api, project.name):
                    log.info("%s: Airflow has been asked to read it now", project.name)
                else:
                    log.info("%s: Airflow sees the first project of all when it looks by itself", project.name)
                return commit
        except (ApiError, DeliveryError) as error:
            admin.fail(str(error))

    deliver.expand(entry=projects())


import_dags()
