"""Queries the dag-processor's DAGs of a project, and requests that it parses files now."""

from airflow_on_aws.admin.rest_api import Api

BUNDLE = "projects"
PAGE = 100


def ids_used_elsewhere(api: Api, project: str) -> dict[str, str]:
    """Return the DAG ids with the project's prefix that another bundle or project has, with their files.

    For a duplicate id, Airflow would silently run the code of one DAG under the id of the other.
    """
    return {
        dag["dag_id"]: f"{dag['bundle_name']}:{dag['relative_fileloc']}"
        for dag in _list_dags(api, {"dag_id_prefix_pattern": f"{project}__"})
        if dag["bundle_name"] != BUNDLE or not (dag["relative_fileloc"] or "").startswith(f"{project}/")
    }


def request_parsing(api: Api, project: str, bundle: str = BUNDLE) -> None:
    """Request that the dag-processor parses the project's known files now, and lists the bundle for new files."""
    known = _list_dags(api, {"bundle_name": bundle, "dag_id_prefix_pattern": f"{project}__"})
    for token in {dag["file_token"] for dag in known}:
        # 409: another request for this file is pending.
        api.call("PUT", f"/api/v2/parseDagFile/{token}", none_for={409})
    # 404: a new bundle, which the dag-processor parses as soon as it finds it.
    api.call("POST", f"/bundles/{bundle}/refresh", none_for={404})


def _list_dags(api: Api, query: dict[str, str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    while True:
        page = api.call("GET", "/api/v2/dags", query={**query, "limit": PAGE, "offset": len(found)})
        found += page["dags"]
        if len(found) >= page["total_entries"] or not page["dags"]:
            return found
