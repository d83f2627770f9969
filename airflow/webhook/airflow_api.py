"""Client of Airflow's REST API that triggers ImportDAGs."""

import httpx

from webhook.settings import Settings

DAG_ID = "admin__import_dags"
# Per request. GitHub waits 10 s for our answer, which may need three requests.
TIMEOUT_SECONDS = 3.0


class AirflowError(Exception):
    """Run that Airflow did not accept: reason and remedy, on one line."""


class AirflowClient:
    """Session of one user with one Airflow."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = httpx.AsyncClient(base_url=settings.airflow_url, timeout=TIMEOUT_SECONDS)
        self._token = ""

    async def trigger(self, run_id: str, conf: dict[str, str], note: str) -> bool:
        """Trigger a run; return False if Airflow has a run with this id already.

        Raises AirflowError, and SettingsError if the password cannot be read.
        """
        body: dict[str, object] = {"dag_run_id": run_id, "logical_date": None, "conf": conf, "note": note}
        try:
            answer = await self._post(body) if self._token else None
            if answer is None or answer.status_code == httpx.codes.UNAUTHORIZED:
                await self._sign_in()
                answer = await self._post(body)
        except httpx.HTTPError as error:
            where = self._settings.airflow_url
            raise AirflowError(
                f"Airflow at {where} does not answer: {error or type(error).__name__}; check the api-server"
            ) from None
        match answer.status_code:
            case httpx.codes.OK:
                return True
            case httpx.codes.CONFLICT:
                return False
            case httpx.codes.FORBIDDEN:
                reason = f"user {self._settings.user!r} may not trigger {DAG_ID}; give the user's role that permission"
            case httpx.codes.NOT_FOUND:
                reason = f"there is no DAG {DAG_ID}; check that the dag-processor runs and finds the platform's DAGs"
            case status:
                reason = f"Airflow answered {status}: {answer.text[:200]!r}"
        raise AirflowError(reason)

    async def close(self) -> None:
        """Close the connections to Airflow."""
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
                f"Airflow rejects the sign-in of user {self._settings.user!r} ({answer.status_code}); "
                "correct WEBHOOK_AIRFLOW_USER and its password"
            ) from None
