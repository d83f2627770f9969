"""Endpoint that makes the dag-processor list a bundle's files now, for users who may edit DAGs; ImportDAGs calls it.

Airflow's own API can only request files that Airflow knows already, and therefore nothing in a bundle that was empty.
"""

from contextlib import suppress
from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin

# Exists in no bundle: the request makes the dag-processor list the bundle, which then drops requests for missing files.
NO_FILE = ".refresh"


class BundleRefresh(AirflowPlugin):
    """Serves POST /bundles/<name>/refresh."""

    name = "bundle_refresh"

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The app; only the api-server reads this property."""
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
            # An identical request may be pending.
            with suppress(IntegrityError), session.begin_nested():
                session.add(DagPriorityParsingRequest(bundle_name=bundle, relative_fileloc=NO_FILE))

        return [{"name": "bundle_refresh", "app": app, "url_prefix": "/bundles"}]
