"""Environment variables of the Airflow of this machine."""

import os
from urllib.parse import quote

from local_aws.ports import LOOPBACK
from modules.settings import fixed_settings, located_settings, variable
from ops.airflow import aws, projects
from ops.airflow.home import AirflowHome
from ops.paths import ROOT

BIN = ROOT / ".venv-airflow" / "bin"
# Variables of the shell that are passed on: user, locale, time zone, proxies and certificates.
PASSED_VARIABLES = (
    "HOME", "LANG", "PATH", "TZ", "USER",
    "HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
)  # fmt: skip


def airflow_environment(home: AirflowHome) -> dict[str, str]:
    """Return the whole environment of Airflow's processes: settings of airflow/config for a laptop, and of this home."""
    generated = home.generated
    url = f"http://{LOOPBACK}:{generated.page_port}"
    own = {
        ("api", "base_url"): url,
        ("api", "host"): LOOPBACK,
        ("api", "port"): str(generated.page_port),
        ("api", "secret_key"): generated.secret_key,
        ("api", "workers"): "1",
        ("api_auth", "jwt_secret"): generated.jwt_secret,
        ("core", "execution_api_server_url"): f"{url}/execution/",
        ("core", "executor"): "LocalExecutor",
        ("core", "fernet_key"): generated.fernet_key,
        ("core", "parallelism"): "8",
        ("database", "sql_alchemy_conn"): database_url(home),
        ("logging", "base_log_folder"): str(home.logs / "tasks"),
        ("scheduler", "scheduler_health_check_server_host"): LOOPBACK,
        ("scheduler", "scheduler_health_check_server_port"): str(generated.scheduler_health_port),
    }
    shell = {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ}
    return {
        **shell,
        "AIRFLOW_HOME": str(home.path),
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), f"{LOOPBACK},localhost"))),
        "PATH": os.pathsep.join([str(BIN), str(ROOT / ".venv/bin"), shell.get("PATH", os.defpath)]),
        # Airflow hides its database from tasks; the maintenance DAGs, which clean and back it up, need it.
        "AIRFLOW_ON_AWS_MAINTENANCE_DATABASE": database_url(home),
        **fixed_settings("laptop"),
        **located_settings(str(home.path)),
        **aws.boto3_settings(home),
        **projects.project_settings(home),
        # Connection of the admin DAGs.
        "AIRFLOW_CONN_AIRFLOW_API": f"http://admin:{quote(generated.admin_password)}@{LOOPBACK}:{generated.page_port}",
        **{variable(section, key): value for (section, key), value in own.items()},
    }


def database_url(home: AirflowHome, database: str = "airflow") -> str:
    """Return the URL of a database of this home, with its password."""
    generated = home.generated
    return (
        f"postgresql+psycopg2://airflow:{generated.database_password}@{LOOPBACK}:{generated.database_port}/{database}"
    )
