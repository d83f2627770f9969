"""AIRFLOW_HOME of the Airflow of this machine, with its generated ports and secrets."""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TextIO

from local_aws import ports
from ops.paths import LOCAL, ROOT

USUAL_PORT = 8080  # of Airflow's page
CODE = ("config", "dags", "lib", "plugins")
DEFAULT_HOME = LOCAL / "airflow"


@dataclass(frozen=True)
class Generated:
    """Ports and secrets that the first start generates; later starts reuse them."""

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
        """Generate secrets and choose free ports; `port` is for the page, if given."""
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
    """A folder used as AIRFLOW_HOME: links to the code of this checkout, logs, generated ports and secrets."""

    path: Path

    @property
    def logs(self) -> Path:
        """Folder with a log for each process, and Airflow's task logs in `tasks`."""
        return self.path / "logs"

    @property
    def database_folder(self) -> Path:
        """Folder of PostgreSQL's data; for root outside of AIRFLOW_HOME, because PostgreSQL runs as another user then."""
        if os.geteuid() == 0:
            name = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
            return Path("/var/tmp/airflow-on-aws") / name  # noqa: S108 - other users must be able to enter it
        return self.path / "postgresql"

    @property
    def generated_file(self) -> Path:
        """File with the generated ports and secrets."""
        return self.path / "kept.json"

    @cached_property
    def generated(self) -> Generated:
        """Generated ports and secrets; raises FileNotFoundError before the first start."""
        return Generated(**json.loads(self.generated_file.read_text()))

    def create(self, port: int | None) -> None:
        """Create missing folders, links and the file of generated values; existing ones are not changed."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.logs.mkdir(exist_ok=True)
        (self.path / "projects").mkdir(exist_ok=True)
        for name in CODE:
            link = self.path / name
            if not link.is_symlink():
                link.symlink_to(ROOT / "airflow" / name, target_is_directory=True)
        if not self.generated_file.exists():
            with replace_file(self.generated_file) as file:
                json.dump(asdict(Generated.new(port)), file, indent=2)


@contextmanager
def replace_file(file: Path) -> Iterator[TextIO]:
    """Open a new version of a file, readable by its owner only, which replaces the file atomically at the end."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    with new.open("w") as text:
        yield text
    new.replace(file)
