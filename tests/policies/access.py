"""The things of a project and of a platform, and what one may want to do with each: requests as AWS would see them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.policies.simulator import Request

Verbs = Mapping[str, Sequence[Request]]
"""What each verb asks for; it can be done if all of that is allowed."""


@dataclass(frozen=True)
class Owner:
    """A project of an environment, the environment's platform (``project`` is None), or whoever else is in the account."""

    environment: str | None
    project: str | None
    account: str
    region: str

    @property
    def prefix(self) -> str:
        """What the environment's physical names begin with."""
        return f"airflow-{self.environment}"

    def ask(self, action: str, resource: str, **context: str | Sequence[str]) -> Request:
        """In a condition key's name the colon is spelled ``__``."""
        return Request(action, resource, self.account, {key.replace("__", ":"): text for key, text in context.items()})

    def arn(self, service: str, resource: str) -> str:
        """Of something in the account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def secret(self, name: str) -> str:
        """Secrets Manager ends an ARN with six characters of its own."""
        return self.arn("secretsmanager", f"secret:{self.prefix}/{name}-a1B2c3")

    def objects(self, bucket: str, prefix: str) -> Verbs:
        """A bucket's keys below a prefix."""
        arn = f"arn:aws:s3:::{bucket}"
        key = f"{arn}/{prefix}x"
        return {
            "list": [self.ask("s3:ListBucket", arn, s3__prefix=prefix)],
            "read": [self.ask("s3:GetObject", key)],
            "write": [self.ask("s3:PutObject", key), self.ask("s3:DeleteObject", key)],
            "read old versions": [self.ask("s3:GetObjectVersion", key)],
        }

    def secrets(self, *names: str) -> Verbs:
        """Secrets below the environment's prefix."""
        return {
            "read": [self.ask("secretsmanager:GetSecretValue", self.secret(name)) for name in names],
            "write": [self.ask("secretsmanager:PutSecretValue", self.secret(name)) for name in names],
        }


def work_files(owner: Owner) -> Verbs:
    """The project's bucket."""
    return owner.objects(f"{owner.prefix}-{owner.project}-files-{owner.account}", "")


def connections_and_variables(owner: Owner) -> Verbs:
    """What Airflow looks up."""
    return owner.secrets(f"connections/{owner.project}_target", f"variables/{owner.project}_station")


def target_password(owner: Owner) -> Verbs:
    """The secret that the target was made with."""
    return owner.secrets(f"infrastructure/{owner.project}/target-password")


def deploy_key(owner: Owner) -> Verbs:
    """Of the project's private repository."""
    return owner.secrets(f"deploy-keys/{owner.project}")


def bundle_token(owner: Owner) -> Verbs:
    """With which Airflow itself clones the project's private repository."""
    return owner.secrets(f"connections/{owner.project}_git")


def task_logs(owner: Owner) -> Verbs:
    """Filed by DAG."""
    return owner.objects(f"{owner.prefix}-logs-{owner.account}", f"dag_id={owner.project}__elt/")


def state(owner: Owner) -> Verbs:
    """Terraform's, with both locks; of a project or of the platform."""
    bucket, table = f"airflow-state-{owner.account}-{owner.region}", owner.arn("dynamodb", "table/airflow-state-lock")
    # Without the slash it is the beginning of other names too.
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
        # HeadBucket, or to list without saying what.
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
    """Running the project's task definition, with its role."""
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
    """What signs and encrypts, and the database's URL."""
    return owner.secrets("database-url", "fernet-key", "secret-key", "jwt-secret", "admin-password")


def accounts(owner: Owner) -> Verbs:
    """The service account of the admin DAGs, and the passwords that they keep."""
    return owner.secrets("service-account", "accounts/robot")


def webhook_secret(owner: Owner) -> Verbs:
    """With which a merge is told."""
    return owner.secrets("webhook-secret")


def s3_bundle(owner: Owner) -> Verbs:
    """DAGs that Airflow itself downloads."""
    return owner.objects(f"example-{owner.environment}-dags", "dags/")


def releases(owner: Owner) -> Verbs:
    """Every project's DAGs, on EFS."""
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
    """Which projects there are."""
    path = owner.arn("ssm", f"parameter/{owner.prefix}/projects")
    return {
        "read": [owner.ask("ssm:GetParametersByPath", path)],
        "write": [owner.ask("ssm:PutParameter", f"{path}/weather")],
    }


def contract(owner: Owner) -> Verbs:
    """What the platform publishes for projects."""
    return {"read": [owner.ask("ssm:GetParameter", owner.arn("ssm", f"parameter/{owner.prefix}/platform"))]}


def shared_bucket(owner: Owner) -> Verbs:
    """Of which a project may be given a folder."""
    return owner.objects("reference", "weather/")


def rest_of_the_shared_bucket(owner: Owner) -> Verbs:
    """The folders beside it."""
    return owner.objects("reference", "weather-2/")


def shared_table(owner: Owner) -> Verbs:
    """A table of DynamoDB."""
    table = owner.arn("dynamodb", "table/stations")
    return {
        "read": [owner.ask(f"dynamodb:{action}", table) for action in ("GetItem", "Query", "Scan")],
        "write": [owner.ask(f"dynamodb:{action}", table) for action in ("PutItem", "DeleteItem")],
        "delete": [owner.ask("dynamodb:DeleteTable", table)],
    }


def shared_secret(owner: Owner) -> Verbs:
    """A secret that is no project's."""
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
    """(thing, verb, requests) of all that belongs to the owner."""
    of_environments = OF_PROJECTS if owner.project else OF_PLATFORMS
    for thing, verbs in (of_environments if owner.environment else OF_OTHERS).items():
        for verb, requests in verbs(owner).items():
            yield thing, verb, requests
