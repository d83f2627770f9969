"""Airflow's metadata database: PostgreSQL on RDS, or a server in a container where the data may be lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cdktf import ITerraformDependable
from pydantic import model_validator

from modules import postgres
from modules.config import Cpu, TaskSize
from modules.container import HealthCheck
from modules.firewall import Firewall
from modules.platform.components import Component, ComponentName
from modules.platform.site import PlatformSite
from modules.platform.stateful import Server, StatefulService
from modules.postgres import USER, DatabaseContext, Postgres, PostgresConfig
from modules.resource_group import Scope
from modules.secret import Secret

NAME = "airflow"
COMPONENT: ComponentName = "database"
MYSQL_PORT = 3306


class ContainerConfig(TaskSize):
    """Database server on ECS: cheaper than RDS, without a standby and without a backup."""

    engine: Literal["postgres", "mysql"] = "postgres"
    cpu: Cpu = 512
    memory: int = 2048


class DatabaseConfig(PostgresConfig):
    """An instance of RDS, or a container."""

    container: ContainerConfig | None = None
    """Instead of RDS, for data that may be lost."""

    @model_validator(mode="after")
    def _one_of_two(self) -> "DatabaseConfig":
        if self.container and self.model_copy(update={"container": None}) != DatabaseConfig():
            raise ValueError("container = {…} and the settings of an RDS instance exclude each other; delete one")
        return self


@dataclass(frozen=True, kw_only=True)
class Database:
    """Address, password and security group of the database."""

    firewall: Firewall
    port: int
    host: str
    password: Secret
    scheme: str
    """Scheme of SQLAlchemy's URL."""
    options: str
    """Query string of the URL."""
    ready: Sequence[ITerraformDependable] = ()
    """Clients of the database depend on these resources."""

    def url(self, password: str) -> str:
        """Return the URL, given an expression for the password."""
        return f"{self.scheme}://{USER}:{password}@{self.host}:{self.port}/{NAME}{self.options}"


# The official images, from the registry that AWS mirrors them in, with the user of each. While they set themselves up they
# answer on a socket only, so both are probed over TCP.
POSTGRES = Server(
    component=Component(
        COMPONENT,
        ("postgres",),
        HealthCheck(f"pg_isready --host=127.0.0.1 --username={USER} --dbname={NAME} || exit 1", start_period=300),
        postgres.PORT,
        alone=True,
    ),
    image="public.ecr.aws/docker/library/postgres:16-alpine",
    uid=70,
    gid=70,
    folder="postgres",
    data="/var/lib/postgresql/data",
    password_variables=["POSTGRES_PASSWORD"],
    environment={"POSTGRES_USER": USER, "POSTGRES_DB": NAME},
)
MYSQL = Server(
    component=Component(
        COMPONENT,
        (
            "mysqld",
            # It creates its own certificate.
            "--require-secure-transport=ON",
            # For replicas, which do not exist.
            "--disable-log-bin",
            # As Airflow's documentation recommends.
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
        ),
        # An "access denied" reply also proves that the server is up.
        HealthCheck("mysqladmin --host=127.0.0.1 --protocol=TCP --connect-timeout=5 ping || exit 1", start_period=300),
        MYSQL_PORT,
        alone=True,
    ),
    image="public.ecr.aws/docker/library/mysql:8.4",
    uid=999,
    gid=999,
    folder="mysql",
    data="/var/lib/mysql",
    # Root's too, who can sign in from inside the container only: a random one would be printed to the log.
    password_variables=["MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD"],
    environment={
        "MYSQL_USER": USER,
        "MYSQL_DATABASE": NAME,
        "MYSQL_ROOT_HOST": "localhost",
        # Airflow keeps times in UTC; names of time zones would take minutes to write to EFS.
        "MYSQL_INITDB_SKIP_TZINFO": "1",
    },
)


def database(scope: Scope, config: DatabaseConfig, *, site: PlatformSite) -> Database:
    """Create the configured database."""
    return in_container(scope, config.container, site=site) if config.container else on_rds(scope, config, site=site)


def on_rds(scope: Scope, config: PostgresConfig, *, site: PlatformSite) -> Database:
    """Create an RDS instance, reached over TLS."""
    context = DatabaseContext(
        prefix=site.prefix,
        component=COMPONENT,
        database=NAME,
        password_name=f"{site.prefix}/database-password",
        protected=site.protected,
        subnets=site.network,
    )
    rds = Postgres(scope, COMPONENT, config, context=context)
    return Database(
        firewall=rds.firewall,
        port=postgres.PORT,
        host=rds.host,
        password=rds.password,
        scheme="postgresql+psycopg2",
        options="?sslmode=require",
    )


def in_container(scope: Scope, config: ContainerConfig, *, site: PlatformSite) -> Database:
    """Create a container on ECS; MySQL over TLS, PostgreSQL without, because its image cannot create a certificate."""
    mysql = config.engine == "mysql"
    server = MYSQL if mysql else POSTGRES
    found = StatefulService(
        scope, COMPONENT, config, server=server, site=site, description=f"Password of {USER} at the database"
    )
    return Database(
        firewall=found.firewall,
        port=MYSQL_PORT if mysql else postgres.PORT,
        host=found.host,
        password=found.password,
        scheme="mysql+mysqldb" if mysql else "postgresql+psycopg2",
        options="?charset=utf8mb4&ssl_mode=REQUIRED" if mysql else "",
        ready=[found.service],
    )
