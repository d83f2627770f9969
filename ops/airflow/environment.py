"""The environment variables of the Airflow of this machine."""

import os
from urllib.parse import quote

from local_aws.ports import LOOPBACK
from modules.settings import fixed_settings, located_settings, variable
from ops.airflow import aws, projects
from ops.airflow.place import Place
from ops.paths import ROOT

BIN = ROOT / ".venv-airflow" / "bin"
# Of the shell's variables: who and where we are, and how the internet is reached.
PASSED = (
    "HOME", "LANG", "PATH", "TZ", "USER",
    "HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
)  # fmt: skip


def environment(place: Place) -> dict[str, str]:
    """All that Airflow's processes see: airflow/config's settings for a laptop, this place's own, nothing of the shell's."""
    kept, home = place.kept, place.home
    url = f"http://{LOOPBACK}:{kept.page_port}"
    own = {
        ("api", "base_url"): url,
        ("api", "host"): LOOPBACK,
        ("api", "port"): str(kept.page_port),
        ("api", "secret_key"): kept.secret_key,
        ("api", "workers"): "1",
        ("api_auth", "jwt_secret"): kept.jwt_secret,
        ("core", "execution_api_server_url"): f"{url}/execution/",
        ("core", "executor"): "LocalExecutor",
        ("core", "fernet_key"): kept.fernet_key,
        ("core", "parallelism"): "8",
        ("database", "sql_alchemy_conn"): database_url(place),
        ("logging", "base_log_folder"): str(place.logs / "tasks"),
        ("scheduler", "scheduler_health_check_server_host"): LOOPBACK,
        ("scheduler", "scheduler_health_check_server_port"): str(kept.scheduler_health_port),
    }
    shell = {name: os.environ[name] for name in PASSED if name in os.environ}
    return {
        **shell,
        "AIRFLOW_HOME": str(home),
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), f"{LOOPBACK},localhost"))),
        "PATH": os.pathsep.join([str(BIN), str(ROOT / ".venv/bin"), shell.get("PATH", os.defpath)]),
        # Airflow hides its database from tasks; the DAGs that clean it and back it up are meant to have it.
        "AIRFLOW_ON_AWS_MAINTENANCE_DATABASE": database_url(place),
        **fixed_settings("laptop"),
        **located_settings(str(home)),
        **aws.settings(place),
        **projects.settings(place),
        # Of the admin DAGs.
        "AIRFLOW_CONN_AIRFLOW_API": f"http://admin:{quote(kept.admin_password)}@{LOOPBACK}:{kept.page_port}",
        **{variable(section, key): value for (section, key), value in own.items()},
    }


def database_url(place: Place, database: str = "airflow") -> str:
    """The URL of a database of this place, with its password."""
    kept = place.kept
    return f"postgresql+psycopg2://airflow:{kept.database_password}@{LOOPBACK}:{kept.database_port}/{database}"
