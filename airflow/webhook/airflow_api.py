"""Airflow's REST API, as far as it takes to trigger ImportDAGs."""

import httpx

from webhook.settings import Settings

DAG_ID = "admin__import_dags"
# GitHub waits ten seconds for our answer, and there may be three requests in it.
TIMEOUT_SECONDS = 3.0


class AirflowError(Exception):
    """One line on why Airflow did not take the run, and the remedy."""


class Airflow:
    """One user's way to one Airflow."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(base_url=settings.airflow_url, timeout=TIMEOUT_SECONDS)
        self._token = ""

    async def trigger(self, run_id: str, conf: dict[str, str], note: str) -> bool:
        """False if Airflow has had that run already; raises AirflowError, and SettingsError without a password."""
        body: dict[str, object] = {"dag_run_id": run_id, "logical_date": None, "conf": conf, "note": note}
        try:
            answer = await self._post(body) if self._token else None
            if answer is None or answer.status_code == httpx.codes.UNAUTHORIZED:
                await self._sign_in()
                answer = await self._post(body)
        except httpx.HTTPError as error:
            where = self._settings.airflow_url
            raise AirflowError(f"Airflow at {where} does not answer: {error or type(error).__name__}") from None
        match answer.status_code:
            case httpx.codes.OK:
                return True
            case httpx.codes.CONFLICT:
                return False
            case httpx.codes.FORBIDDEN:
                reason = f"user {self._settings.user!r} may not trigger {DAG_ID}; give the user's role that permission"
            case httpx.codes.NOT_FOUND:
                reason = f"there is no DAG {DAG_ID}; see whether the dag-processor runs and finds the platform's DAGs"
            case status:
                reason = f"Airflow answered {status}: {answer.text[:200]!r}"
        raise AirflowError(reason)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post(self, body: dict[str, object]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        return await self._client.post(f"/api/v2/dags/{DAG_ID}/dagRuns", json=body, headers=headers)

    async def _sign_in(self) -> None:
        credentials = {"username": self._settings.user, "password": self._settings.password()}
        answer = await self._client.post("/auth/token", json=credentials)
        try:
            self._token = answer.raise_for_status().json()["access_token"]
        except (httpx.HTTPStatusError, ValueError, KeyError, TypeError):
            raise AirflowError(
                f"Airflow gives user {self._settings.user!r} no token ({answer.status_code}); "
                "correct WEBHOOK_AIRFLOW_USER and its password"
            ) from None
