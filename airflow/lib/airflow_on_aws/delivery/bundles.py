"""The projects whose DAGs Airflow fetches itself, by a git or S3 bundle of the project's name; ImportDAGs leaves those alone."""

from pathlib import Path

from airflow.configuration import conf
from airflow.dag_processing.bundles.base import get_bundle_storage_root_path

LOCAL = "airflow.dag_processing.bundles.local.LocalDagBundle"


def names() -> set[str]:
    """Of the bundles that are fetched; the platform's own two are folders."""
    bundles: list[dict[str, str]] = conf.getjson("dag_processor", "dag_bundle_config_list") or []  # type: ignore[assignment]
    return {one["name"] for one in bundles if one["classpath"] != LOCAL}


def folder() -> Path:
    """Below which each bundle that is fetched lies, in a folder of its name."""
    return Path(get_bundle_storage_root_path())  # type: ignore[no-untyped-call]
