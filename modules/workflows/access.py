"""Permissions of a project's tasks on AWS resources that are not the project's own."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from modules.account import PREFIX, AccountConfig
from modules.bucket import list_objects, read_objects, write_objects
from modules.config import Config
from modules.iam import Statement
from modules.secret import read_secrets

STATE = f"{PREFIX}-state-"


def _named(service: str, before: str, name: str, what: str) -> AfterValidator:
    """Return a validator of names, which may have IAM wildcards, or of ARNs that end in such a name."""
    pattern = re.compile(rf"(arn:aws[a-z-]*:{service}:[a-z0-9-]*:\d*:{before})?({name})")

    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"is not {what}; write its name or its ARN")
        return value

    return AfterValidator(check)


_OBJECTS = _named(
    "s3", "", r"[a-z0-9.*?-]{1,63}(/([\w!*'()?/=+@:. -]+/)?)?", 'a bucket or a folder of a bucket, "bucket/folder/"'
)
_TABLE = _named("dynamodb", "table/", r"[\w.*?-]{1,255}", "a table of DynamoDB")
_SECRET = _named("secretsmanager", "secret:", r"[\w/+=.@*?-]{1,512}", "a secret of Secrets Manager")
# IAM policies cannot refer to a key by its alias.
_KEY = _named("kms", "key/", r"[a-f0-9-]{36}|mrk-[a-f0-9]{32}|\*", "the id of a KMS key")
Objects = Annotated[list[Annotated[str, _OBJECTS]], Field(max_length=20, examples=[["reference-data/weather/"]])]
Tables = Annotated[list[Annotated[str, _TABLE]], Field(max_length=20, examples=[["stations"]])]
Secrets = Annotated[list[Annotated[str, _SECRET]], Field(max_length=20, examples=[["shared/weather-api"]])]
Keys = Annotated[list[Annotated[str, _KEY]], Field(max_length=20, examples=[["1234abcd-12ab-34cd-56ef-1234567890ab"]])]
# Characters that IAM allows in the description of a role:
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
Reason = Annotated[
    str, Field(pattern=r"^[ -~¡-ÿ]+$", min_length=10, max_length=500, examples=["reads every team's exports"])
]


class AccessConfig(Config):
    """Names in this account and region, or ARNs. Wildcards and resources of other projects need ``allow_any``."""

    s3_read: Objects = []
    """Buckets, or folders of buckets, to list and read."""
    s3_write: Objects = []
    """Buckets, or folders of buckets, to write and delete in; this does not include reading."""
    dynamodb_read: Tables = []
    dynamodb_write: Tables = []
    secrets_read: Secrets = []
    kms: Keys = []
    """Keys for decryption, and for encryption of written data."""
    allow_any: Reason | None = None
    """Reason for a wildcard or a resource of another project. The role's description, and so the plan, shows it."""

    @model_validator(mode="after")
    def _wildcards_have_a_reason(self) -> "AccessConfig":
        wide = [(field, entry) for field, entry in self._entries() if re.search(r"[*?]", entry)]
        others = [(field, entry) for field, entry in self._entries() if _name(entry).startswith(f"{PREFIX}-")]
        for field, entry in others:
            if _name(entry).startswith(STATE):
                raise ValueError(f"{field} has {entry!r}, which holds the state of every stack; delete it")
        for what, found in (("a wildcard", wide), (f"a platform's or another project's ({PREFIX}-…)", others)):
            if found and not self.allow_any:
                field, entry = found[0]
                raise ValueError(f'{field} has {entry!r}, {what}; name what is needed, or set allow_any = "<reason>"')
        if self.allow_any and not wide and not others:
            raise ValueError("allow_any is set, but nothing here needs it; delete it")
        return self

    def _entries(self) -> Iterator[tuple[str, str]]:
        for field in ("s3_read", "s3_write", "dynamodb_read", "dynamodb_write", "secrets_read", "kms"):
            yield from ((field, entry) for entry in getattr(self, field))

    def statements(self, account: AccountConfig) -> Iterator[Statement]:
        """Yield the permissions for the role of the project's tasks."""
        located = f"{account.region}:{account.account_id}"

        def arns(service: str, before: str, names: list[str]) -> list[str]:
            return [
                name if name.startswith("arn:") else f"arn:{account.partition}:{service}:{before}{name}"
                for name in names
            ]

        for number, arn in enumerate(arns("s3", "::", self.s3_read), 1):
            bucket, folder = _bucket(arn)
            yield read_objects(bucket, folder, sid=f"ReadMore{number}")
            yield list_objects(bucket, folder, sid=f"ListMore{number}")
        for number, arn in enumerate(arns("s3", "::", self.s3_write), 1):
            yield write_objects(*_bucket(arn), sid=f"WriteMore{number}")
        if tables := arns("dynamodb", f"{located}:table/", self.dynamodb_read):
            yield read_tables(tables)
        if tables := arns("dynamodb", f"{located}:table/", self.dynamodb_write):
            yield write_tables(tables)
        if secrets := arns("secretsmanager", f"{located}:secret:", [_whole(one) for one in self.secrets_read]):
            yield read_secrets(*secrets, sid="ReadMoreSecrets")
        if keys := arns("kms", f"{located}:key/", self.kms):
            yield use_keys(keys)
        if self.allow_any:
            # In every region, because an ARN can name any, and in every account that may have granted access to this account.
            state = f"arn:{account.partition}:s3:::{STATE}*"
            locks = f"arn:{account.partition}:dynamodb:*:*:table/{account.lock_table}"
            yield keep_off([state, locks])


def read_tables(table_arns: list[str]) -> Statement:
    """Read items, also through indexes."""
    actions = ["BatchGetItem", "ConditionCheckItem", "DescribeTable", "GetItem", "Query", "Scan"]
    resources = [f"{arn}{part}" for arn in table_arns for part in ("", "/index/*")]
    return Statement("ReadTables", [f"dynamodb:{action}" for action in actions], resources)


def write_tables(table_arns: list[str]) -> Statement:
    """Write and delete items."""
    actions = ["BatchWriteItem", "DeleteItem", "DescribeTable", "PutItem", "UpdateItem"]
    return Statement("WriteTables", [f"dynamodb:{action}" for action in actions], table_arns)


def use_keys(key_arns: list[str]) -> Statement:
    """Decrypt data, and generate the data keys with which S3 and DynamoDB encrypt."""
    return Statement("UseKeys", ["kms:Decrypt", "kms:GenerateDataKey"], key_arns)


def keep_off(arns: list[str]) -> Statement:
    """Deny access to the state of the stacks, which a wildcard might include."""
    return Statement("KeepOffState", ["s3:*", "dynamodb:*"], arns, effect="Deny")


def _name(entry: str) -> str:
    """Return the last part of an ARN, after ``table/``, ``secret:``, ``key/`` or the ``:::`` of S3; a name is unchanged."""
    return re.sub(r"^arn:[^:]*:(s3:::|[^:]*:[^:]*:[^:]*:[a-z]+[:/])", "", entry)


def _whole(secret: str) -> str:
    """Return the secret with the six-character suffix that Secrets Manager adds to ARNs, as a wildcard if it is missing."""
    return secret if re.fullmatch(r"arn:.*-[A-Za-z0-9?]{6}", secret) else f"{secret}-??????"


def _bucket(arn: str) -> tuple[str, str]:
    """Split an ARN into the ARN of the bucket and the folder in it."""
    bucket, _, folder = arn.partition("/")
    return bucket, folder
