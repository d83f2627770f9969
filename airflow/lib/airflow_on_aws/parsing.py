"""What the dag-processor knows of a project's DAGs, and asking it to look again."""

from airflow_on_aws.api import Api

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


def look_again(api: Api, project: str, bundle: str = BUNDLE) -> bool:
    """Has the project's files read now; also finds new ones. False if Airflow knows no DAG of that bundle yet.

    Airflow can only be asked about a file that it knows, but then fetches the whole bundle and lists its files again.
    """
    dags = _dags(api, {"bundle_name": bundle, "dag_id_prefix_pattern": f"{project}__"}) or _any(api, bundle)
    for token in {dag["file_token"] for dag in dags}:
        # 409: somebody else has asked for that file, for a project beside this one, and Airflow has not looked yet.
        api.call("PUT", f"/api/v2/parseDagFile/{token}", none_for={409})
    return bool(dags)


def _dags(api: Api, query: dict[str, str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    while True:
        page = api.call("GET", "/api/v2/dags", query={**query, "limit": PAGE, "offset": len(found)})
        found += page["dags"]
        if len(found) >= page["total_entries"] or not page["dags"]:
            return found


def _any(api: Api, bundle: str) -> list[dict[str, str]]:
    for stale in (True, False):
        page = api.call("GET", "/api/v2/dags", query={"limit": 1, "bundle_name": bundle, "exclude_stale": stale})
        if page["dags"]:
            return list(page["dags"])
    return []
