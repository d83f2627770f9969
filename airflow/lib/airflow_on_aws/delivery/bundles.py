"""DAG bundles that Airflow fetches itself, from git or S3. ImportDAGs does not deliver the DAGs of these projects."""

from pathlib import Path

from airflow.configuration import conf
from airflow.dag_processing.bundles.base import get_bundle_storage_root_path

LOCAL = "airflow.dag_processing.bundles.local.LocalDagBundle"


def fetched_bundles() -> set[str]:
    """Return the names of the bundles that Airflow fetches, which are projects; the platform's two are local folders."""
    bundles: list[dict[str, str]] = conf.getjson("dag_processor", "dag_bundle_config_list") or []  # type: ignore[assignment]
    return {bundle["name"] for bundle in bundles if bundle["classpath"] != LOCAL}


def bundle_storage_folder() -> Path:
    """Return the folder in which each fetched bundle has a subfolder of its name."""
    return Path(get_bundle_storage_root_path())  # type: ignore[no-untyped-call]
