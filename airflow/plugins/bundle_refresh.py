"""Has the dag-processor list the files of a bundle again now, for whoever may change DAGs: what ImportDAGs asks for.

Airflow's own API can ask for a file only that Airflow knows, and so for nothing in a bundle that was empty.
"""

from contextlib import suppress
from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin

# Of no bundle: the request for it has the bundle listed, and the dag-processor then drops it with all that is not there.
NO_FILE = ".refresh"


class BundleRefresh(AirflowPlugin):
    """Answers at POST /bundles/<name>/refresh."""

    name = "bundle_refresh"

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """Only the api-server asks for it."""
        from airflow.api_fastapi.common.db.common import SessionDep
        from airflow.api_fastapi.core_api.security import requires_access_dag
        from airflow.models.dagbag import DagPriorityParsingRequest
        from airflow.models.dagbundle import DagBundleModel
        from fastapi import Depends, FastAPI, HTTPException
        from sqlalchemy.exc import IntegrityError

        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

        @app.post("/{bundle}/refresh", status_code=202, dependencies=[Depends(requires_access_dag(method="PUT"))])
        def refresh(bundle: str, session: SessionDep) -> None:
            known = session.get(DagBundleModel, bundle)
            if known is None or not known.active:
                raise HTTPException(404, f"there is no bundle {bundle}")
            # Somebody may have asked, and the dag-processor not looked yet.
            with suppress(IntegrityError), session.begin_nested():
                session.add(DagPriorityParsingRequest(bundle_name=bundle, relative_fileloc=NO_FILE))

        return [{"name": "bundle_refresh", "app": app, "url_prefix": "/bundles"}]
