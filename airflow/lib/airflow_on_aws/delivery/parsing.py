"""What the dag-processor knows of a project's DAGs, and asking it to look again."""

from airflow_on_aws.admin.rest_api import Api

BUNDLE = "projects"
PAGE = 100


def ids_elsewhere(api: Api, project: str) -> dict[str, str]:
    """Which DAG ids with the project's prefix another bundle or project has, and in which file.

    Airflow would run one DAG under the other's name, without a word.
    """
    return {
        dag["dag_id"]: f"{dag['bundle_name']}:{dag['relative_fileloc']}"
        for dag in _dags(api, {"dag_id_prefix_pattern": f"{project}__"})
        if dag["bundle_name"] != BUNDLE or not (dag["relative_fileloc"] or "").startswith(f"{project}/")
    }


def look_again(api: Api, project: str, bundle: str = BUNDLE) -> None:
    """Has the project's files read now, and new ones found."""
    known = _dags(api, {"bundle_name": bundle, "dag_id_prefix_pattern": f"{project}__"})
    for token in {dag["file_token"] for dag in known}:
        # 409: somebody else has asked for that file, and Airflow has not looked yet.
        api.call("PUT", f"/api/v2/parseDagFile/{token}", none_for={409})
    # 404: a bundle that the dag-processor has yet to meet, and then reads.
    api.call("POST", f"/bundles/{bundle}/refresh", none_for={404})


def _dags(api: Api, query: dict[str, str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    while True:
        page = api.call("GET", "/api/v2/dags", query={**query, "limit": PAGE, "offset": len(found)})
        found += page["dags"]
        if len(found) >= page["total_entries"] or not page["dags"]:
            return found
