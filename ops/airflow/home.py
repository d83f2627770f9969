"""Where the Airflow of this machine keeps its things, and the secrets that it made for itself."""

import base64
import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from local_aws import ports
from ops.paths import LOCAL, ROOT

USUAL_PORT = 8080  # of Airflow's page
CODE = ("config", "dags", "lib", "plugins")
DEFAULT_HOME = LOCAL / "airflow"  # unless another is named


@dataclass(frozen=True)
class Generated:
    """What is made at the first start and stays: ports, and secrets that no other start may change."""

    page_port: int
    database_port: int
    scheduler_health_port: int
    aws_port: int
    weather_port: int
    database_password: str
    admin_password: str
    fernet_key: str
    jwt_secret: str
    secret_key: str

    @classmethod
    def new(cls, port: int | None) -> "Generated":
        """Fresh secrets, and ports that are free now."""
        page, database, scheduler_health, aws, weather = ports.free(5)
        return cls(
            page_port=ports.choose(port or (USUAL_PORT if ports.is_free(USUAL_PORT) else page)),
            database_port=database,
            scheduler_health_port=scheduler_health,
            aws_port=aws,
            weather_port=weather,
            database_password=secrets.token_urlsafe(24),
            admin_password=secrets.token_urlsafe(9),
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            jwt_secret=secrets.token_urlsafe(64),
            secret_key=secrets.token_urlsafe(32),
        )


@dataclass(frozen=True)
class AirflowHome:
    """A folder that serves as AIRFLOW_HOME: links to this checkout's code, logs, and what was kept."""

    path: Path

    @property
    def logs(self) -> Path:
        """One file for each process, and Airflow's task logs below `tasks`."""
        return self.path / "logs"

    @property
    def database_folder(self) -> Path:
        """PostgreSQL's data. Of root's Airflow outside of it: PostgreSQL refuses root, and others may not enter root's."""
        if os.geteuid() == 0:
            name = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
            return Path("/var/tmp/airflow-on-aws") / name  # noqa: S108 - a folder that others may enter, as is meant
        return self.path / "postgresql"

    @property
    def generated_file(self) -> Path:
        """The file with what is kept."""
        return self.path / "kept.json"

    @cached_property
    def generated(self) -> Generated:
        """What the first start made; raises FileNotFoundError before it."""
        return Generated(**json.loads(self.generated_file.read_text()))

    def create(self, port: int | None) -> None:
        """Makes what is missing; what is there stays."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.logs.mkdir(exist_ok=True)
        (self.path / "projects").mkdir(exist_ok=True)
        for name in CODE:
            link = self.path / name
            if not link.is_symlink():
                link.symlink_to(ROOT / "airflow" / name, target_is_directory=True)
        if not self.generated_file.exists():
            aside = self.generated_file.with_suffix(".new")
            aside.touch(mode=0o600)
            aside.write_text(json.dumps(asdict(Generated.new(port)), indent=2) + "\n")
            aside.replace(self.generated_file)
