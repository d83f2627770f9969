"""Resources of a project and of a platform, and the requests to AWS that each action on them needs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.policies.simulator import Request

Verbs = Mapping[str, Sequence[Request]]
"""Requests by verb; a verb is allowed if all its requests are."""


@dataclass(frozen=True)
class Owner:
    """Project of an environment, platform of an environment (`project` is None), or others in the account (`environment` is None)."""

    environment: str | None
    project: str | None
    account: str
    region: str

    @property
    def prefix(self) -> str:
        """Prefix of the environment's physical names."""
        return f"airflow-{self.environment}"

    def ask(self, action: str, resource: str, **context: str | Sequence[str]) -> Request:
        """Return a request; in the names of condition keys `__` means a colon."""
        return Request(action, resource, self.account, {key.replace("__", ":"): text for key, text in context.items()})

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in the account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def secret(self, name: str) -> str:
        """Return the ARN of a secret, which Secrets Manager ends with six random characters."""
        return self.arn("secretsmanager", f"secret:{self.prefix}/{name}-a1B2c3")

    def objects(self, bucket: str, prefix: str) -> Verbs:
        """Return the verbs for the objects of a bucket below a prefix."""
        arn = f"arn:aws:s3:::{bucket}"
        key = f"{arn}/{prefix}x"
        return {
            "list": [self.ask("s3:ListBucket", arn, s3__prefix=prefix)],
            "read": [self.ask("s3:GetObject", key)],
            "write": [self.ask("s3:PutObject", key), self.ask("s3:DeleteObject", key)],
            "read old versions": [self.ask("s3:GetObjectVersion", key)],
        }

    def secrets(self, *names: str) -> Verbs:
        """Return the verbs for secrets below the environment's prefix."""
        return {
            "read": [self.ask("secretsmanager:GetSecretValue", self.secret(name)) for name in names],
            "write": [self.ask("secretsmanager:PutSecretValue", self.secret(name)) for name in names],
        }


def work_files(owner: Owner) -> Verbs:
    """Bucket of the project."""
    return owner.objects(f"{owner.prefix}-{owner.project}-files-{owner.account}", "")


def connections_and_variables(owner: Owner) -> Verbs:
    """Connections and variables that Airflow looks up."""
    return owner.secrets(f"connections/{owner.project}_target", f"variables/{owner.project}_station")


def target_password(owner: Owner) -> Verbs:
    """Password of the target database."""
    return owner.secrets(f"infrastructure/{owner.project}/target-password")


def deploy_key(owner: Owner) -> Verbs:
    """Deploy key of the project's private repository."""
    return owner.secrets(f"deploy-keys/{owner.project}")


def bundle_token(owner: Owner) -> Verbs:
    """Token with which Airflow clones the private repository of a bundle."""
    return owner.secrets(f"connections/{owner.project}_git")


def task_logs(owner: Owner) -> Verbs:
    """Task logs of a DAG of the project."""
    return owner.objects(f"{owner.prefix}-logs-{owner.account}", f"dag_id={owner.project}__elt/")


def state(owner: Owner) -> Verbs:
    """Terraform state of a project or of the platform, with both locks."""
    bucket, table = f"airflow-state-{owner.account}-{owner.region}", owner.arn("dynamodb", "table/airflow-state-lock")
    # Without the slash, other names begin with it too.
    named = f"{owner.environment}/{owner.project}" if owner.project else str(owner.environment)
    below = f"{named}/"
    keys = [
        f"{below}{module}.tfstate" for module in (("infrastructure", "workflows") if owner.project else ("platform",))
    ]
    objects = [f"arn:aws:s3:::{bucket}/{key}" for key in keys]
    rows = [f"{bucket}/{key}{suffix}" for key in keys for suffix in ("", "-md5")]
    row_actions = [f"dynamodb:{action}" for action in ("GetItem", "PutItem", "DeleteItem")]
    return {
        "list": [owner.ask("s3:ListBucket", f"arn:aws:s3:::{bucket}", s3__prefix=one) for one in (below, *keys)],
        "list neighbours": [owner.ask("s3:ListBucket", f"arn:aws:s3:::{bucket}", s3__prefix=named)],
        "list workspaces": [owner.ask("s3:ListBucket", f"arn:aws:s3:::{bucket}", s3__prefix="env:/")],
        # HeadBucket, or a list without a prefix.
        "list all": [owner.ask("s3:ListBucket", f"arn:aws:s3:::{bucket}")],
        "read": [owner.ask("s3:GetObject", one) for one in objects],
        "write": [owner.ask("s3:PutObject", one) for one in objects],
        "lock": [
            *(owner.ask("s3:DeleteObject", f"{one}.tflock") for one in objects),
            *(owner.ask(action, table, dynamodb__LeadingKeys=[row]) for action in row_actions for row in rows),
        ],
        "delete": [owner.ask("s3:DeleteObject", one) for one in objects],
        "read old versions": [owner.ask("s3:GetObjectVersion", one) for one in objects],
    }


def tasks(owner: Owner) -> Verbs:
    """Task definition and role of the project's tasks."""
    cluster = owner.arn("ecs", f"cluster/{owner.prefix}")
    name = f"{owner.prefix}-{owner.project}-task"
    role = f"arn:aws:iam::{owner.account}:role/{owner.prefix}/{name}"
    return {
        "run": [
            owner.ask("ecs:RunTask", owner.arn("ecs", f"task-definition/{name}:1"), ecs__cluster=cluster),
            owner.ask("iam:PassRole", role, iam__PassedToService="ecs-tasks.amazonaws.com"),
        ],
        "pass elsewhere": [owner.ask("iam:PassRole", role, iam__PassedToService="lambda.amazonaws.com")],
    }


def platform_keys(owner: Owner) -> Verbs:
    """Keys for signing and encryption, and the database URL."""
    return owner.secrets("database-url", "fernet-key", "secret-key", "jwt-secret", "admin-password")


def accounts(owner: Owner) -> Verbs:
    """Service account of the admin DAGs, and the passwords that they store."""
    return owner.secrets("service-account", "accounts/robot")


def webhook_secret(owner: Owner) -> Verbs:
    """Secret that signs requests to the webhook."""
    return owner.secrets("webhook-secret")


def s3_bundle(owner: Owner) -> Verbs:
    """Bundle of DAGs in S3, which Airflow downloads."""
    return owner.objects(f"example-{owner.environment}-dags", "dags/")


def releases(owner: Owner) -> Verbs:
    """DAGs of all projects, on EFS."""
    name = owner.prefix.encode().hex(), f"{owner.prefix}-projects".encode().hex()
    files, point = (f"file-system/fs-{name[0]}", f"access-point/fsap-{name[1]}")
    through = {"elasticfilesystem__AccessPointArn": owner.arn("elasticfilesystem", point)}
    arn = owner.arn("elasticfilesystem", files)
    return {
        "read": [owner.ask("elasticfilesystem:ClientMount", arn, **through)],
        "write": [owner.ask("elasticfilesystem:ClientWrite", arn, **through)],
        "mount all of it": [owner.ask("elasticfilesystem:ClientMount", arn)],
    }


def registry(owner: Owner) -> Verbs:
    """Registry of projects."""
    path = owner.arn("ssm", f"parameter/{owner.prefix}/projects")
    return {
        "read": [owner.ask("ssm:GetParametersByPath", path)],
        "write": [owner.ask("ssm:PutParameter", f"{path}/weather")],
    }


def contract(owner: Owner) -> Verbs:
    """Contract that the platform publishes for projects."""
    return {"read": [owner.ask("ssm:GetParameter", owner.arn("ssm", f"parameter/{owner.prefix}/platform"))]}


def shared_bucket(owner: Owner) -> Verbs:
    """Folder of a shared bucket, which a project may be allowed to read."""
    return owner.objects("reference", "weather/")


def rest_of_the_shared_bucket(owner: Owner) -> Verbs:
    """Other folders of the shared bucket."""
    return owner.objects("reference", "weather-2/")


def shared_table(owner: Owner) -> Verbs:
    """DynamoDB table that no project owns."""
    table = owner.arn("dynamodb", "table/stations")
    return {
        "read": [owner.ask(f"dynamodb:{action}", table) for action in ("GetItem", "Query", "Scan")],
        "write": [owner.ask(f"dynamodb:{action}", table) for action in ("PutItem", "DeleteItem")],
        "delete": [owner.ask("dynamodb:DeleteTable", table)],
    }


def shared_secret(owner: Owner) -> Verbs:
    """Secret that no project owns."""
    secret = owner.arn("secretsmanager", "secret:shared/weather-api-a1B2c3")
    return {
        "read": [owner.ask("secretsmanager:GetSecretValue", secret)],
        "write": [owner.ask("secretsmanager:PutSecretValue", secret)],
    }


OF_PROJECTS: Mapping[str, Callable[[Owner], Verbs]] = {
    "work files": work_files,
    "connections, variables": connections_and_variables,
    "target's password": target_password,
    "deploy key": deploy_key,
    "bundle's token": bundle_token,
    "task logs": task_logs,
    "state": state,
    "tasks": tasks,
}
OF_PLATFORMS: Mapping[str, Callable[[Owner], Verbs]] = {
    "keys": platform_keys,
    "accounts": accounts,
    "registry": registry,
    "contract": contract,
    "webhook's secret": webhook_secret,
    "DAGs": releases,
    "S3 bundle": s3_bundle,
    "state": state,
}
OF_OTHERS: Mapping[str, Callable[[Owner], Verbs]] = {
    "bucket": shared_bucket,
    "other folders": rest_of_the_shared_bucket,
    "table": shared_table,
    "secret": shared_secret,
}


def things(owner: Owner) -> Iterator[tuple[str, str, Sequence[Request]]]:
    """Yield thing, verb and requests of everything that belongs to an owner."""
    of_environments = OF_PROJECTS if owner.project else OF_PLATFORMS
    for thing, verbs in (of_environments if owner.environment else OF_OTHERS).items():
        for verb, requests in verbs(owner).items():
            yield thing, verb, requests
