"""The secrets that Airflow's components share: keys, and the URL of the metadata database."""

import json

from modules.platform.components import (
    API_SERVER,
    COMPONENTS,
    DAG_PROCESSOR,
    FLOWER,
    SCHEDULER,
    SERVICE_ACCOUNT,
    Component,
)
from modules.platform.database import Database
from modules.resource_group import ResourceGroup, Scope
from modules.secret import Secret, inner, random_text, version_of
from modules.settings import variable


class Keys(ResourceGroup):
    """Created once and stored in Secrets Manager; no deploy recreates them."""

    def __init__(
        self, scope: Scope, id: str, *, prefix: str, database: Database, api_url: str, protected: bool
    ) -> None:
        super().__init__(scope, id)
        # 32 letters and digits in Base64 are a valid Fernet key.
        fernet = f"${{base64encode({inner(random_text(self, 'fernet', 32))})}}"
        # ECS cannot put a secret into a longer text, so the whole URL is one.
        password = inner(database.password.value(self, "database_password"))
        url = database.url(f"${{{password}}}")

        def stored(id: str, text: str, description: str, version: int = 1) -> Secret:
            name = f"{prefix}/{id.replace('_', '-')}"
            return Secret(self, id, name=name, text=text, protected=protected, version=version, description=description)

        def secret(id: str, text: str, description: str, version: int = 1) -> str:
            return stored(id, text, description, version).arn

        self.database_url = secret(
            "database_url",
            url,
            "Airflow's metadata database, with its password",
            version_of(prefix, database.scheme, database.options),
        )
        self.fernet_key = secret("fernet_key", fernet, "Encrypts connections and variables in the metadata database")
        self.jwt_secret = secret("jwt_secret", random_text(self, "jwt", 96), "Signs the tokens of tasks and of the API")
        self.secret_key = secret("secret_key", random_text(self, "session", 64), "Signs sessions and requests for logs")
        self.admin_password = secret(
            "admin_password", random_text(self, "admin", 24), "Of the user admin, for the first log-in"
        )
        service = stored("service_password", random_text(self, "service", 32), f"Of the user {SERVICE_ACCOUNT}")
        self.service_password = service.arn
        # As the admin DAGs read it: airflow/lib/airflow_on_aws/admin/rest_api.py.
        account = {
            "url": api_url,
            "username": SERVICE_ACCOUNT,
            "password": service.value(self, "stored_service_password"),
        }
        self.service_account = secret(
            "service_account", json.dumps(account), "How the admin DAGs ask Airflow's API", version_of(prefix)
        )

    def secrets_of(self, component: Component) -> dict[str, str]:
        """Return the secrets of a component, by variable; tasks get none of them."""
        return {
            **(self.core_secrets if component in COMPONENTS else {}),
            **(self.session_secrets if component not in (DAG_PROCESSOR, FLOWER) else {}),
            **(self.token_secrets if component in (API_SERVER, SCHEDULER) else {}),
        }

    @property
    def database_secrets(self) -> dict[str, str]:
        """URL of the metadata database."""
        return {variable("database", "sql_alchemy_conn"): self.database_url}

    @property
    def core_secrets(self) -> dict[str, str]:
        """Secrets of everything that opens the metadata database."""
        return {**self.database_secrets, variable("core", "fernet_key"): self.fernet_key}

    @property
    def account_secrets(self) -> dict[str, str]:
        """Passwords of the users that components.MIGRATE creates."""
        return {"ADMIN_PASSWORD": self.admin_password, "SERVICE_PASSWORD": self.service_password}

    @property
    def session_secrets(self) -> dict[str, str]:
        """Key that signs sessions, and requests for logs: for servers of pages or of running tasks' logs."""
        return {variable("api", "secret_key"): self.secret_key}

    @property
    def token_secrets(self) -> dict[str, str]:
        """Key that signs and verifies the tokens of tasks: for the api-server and the scheduler."""
        return {variable("api_auth", "jwt_secret"): self.jwt_secret}
