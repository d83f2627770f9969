"""The secrets that Airflow's components share: keys, and the URL of the metadata database."""

import json

from modules.platform import components
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

        def secret(id: str, description: str, text: str, version: int = 1) -> Secret:
            name = f"{prefix}/{id.replace('_', '-')}"
            return Secret(self, id, name=name, text=text, protected=protected, version=version, description=description)

        version = version_of(prefix, database.scheme, database.options)
        url_arn = secret("database_url", "Airflow's metadata database, with its password", url, version).arn
        self.database_secrets = {variable("database", "sql_alchemy_conn"): url_arn}
        fernet_arn = secret("fernet_key", "Encrypts connections and variables in the metadata database", fernet).arn
        self.core_secrets = {**self.database_secrets, variable("core", "fernet_key"): fernet_arn}
        """Secrets of everything that opens the metadata database."""
        jwt = secret("jwt_secret", "Signs the tokens of tasks and of the API", random_text(self, "jwt", 96))
        self.token_secrets = {variable("api_auth", "jwt_secret"): jwt.arn}
        """Key that signs and verifies the tokens of tasks: for the api-server and the scheduler."""
        session = secret("secret_key", "Signs sessions and requests for logs", random_text(self, "session", 64))
        self.session_secrets = {variable("api", "secret_key"): session.arn}
        """Key that signs sessions, and requests for logs: for servers of pages or of running tasks' logs."""
        admin = secret("admin_password", "Of the user admin, for the first log-in", random_text(self, "admin", 24))
        service = secret(
            "service_password", f"Of the user {components.SERVICE_ACCOUNT}", random_text(self, "service", 32)
        )
        self.admin_password = admin.arn
        self.account_secrets = {"ADMIN_PASSWORD": admin.arn, "SERVICE_PASSWORD": service.arn}
        """Passwords of the users that components.MIGRATE creates."""
        # As the admin DAGs read it: airflow/lib/airflow_on_aws/admin/rest_api.py.
        password = service.value(self, "stored_service_password")
        account = json.dumps({"url": api_url, "username": components.SERVICE_ACCOUNT, "password": password})
        description = "How the admin DAGs ask Airflow's API"
        self.service_account = secret("service_account", description, account, version_of(prefix)).arn

    def secrets_of(self, component: components.Component) -> dict[str, str]:
        """Return the secrets of a component, by variable; tasks get none of them."""
        return {
            **(self.core_secrets if component in components.COMPONENTS else {}),
            **(self.session_secrets if component not in (components.DAG_PROCESSOR, components.FLOWER) else {}),
            **(self.token_secrets if component in (components.API_SERVER, components.SCHEDULER) else {}),
        }
