"""The configuration of a platform in which every value is a mark, and what the marks stand for."""

import json
from ipaddress import IPv4Network
from typing import Any

from modules.config import TaskSize
from modules.platform.celery import CeleryConfig, WorkersConfig
from modules.platform.cluster import LogsConfig
from modules.platform.components import (
    ApiServerConfig,
    ComponentConfig,
    ComponentsConfig,
    DagProcessorConfig,
    SchedulerConfig,
)
from modules.platform.config import AirflowConfig, PlatformConfig
from modules.platform.database import DatabaseConfig
from modules.platform.entry import EntryConfig
from modules.platform.network import ExistingVpcConfig, NetworkConfig, OwnVpcConfig
from modules.platform.registry import ImageConfig
from modules.platform.sign_in import SignInConfig
from terraform_modules.marks import Mark
from terraform_modules.project import ACCOUNT, ENVIRONMENT, PLACE
from terraform_modules.template import expression

ZONES = (1, 2, 3)
CIDR, OUTSIDE = IPv4Network("10.233.0.0/16"), IPv4Network("10.99.0.0/24")
OWN_VPC = OwnVpcConfig.model_construct(
    cidr=CIDR,
    zones=tuple(f"{ACCOUNT.region}{zone}" for zone in ZONES),
    public_subnets=tuple(IPv4Network(f"10.233.{zone}.0/24") for zone in ZONES),
    private_subnets=tuple(IPv4Network(f"10.233.1{zone}.0/24") for zone in ZONES),
)
EXISTING_VPC = ExistingVpcConfig(
    vpc_id="vpc-0fade",
    cidr=CIDR,
    public_subnet_ids=("subnet-0f1", "subnet-0f2"),
    private_subnet_ids=tuple(f"subnet-0e{zone}" for zone in ZONES),
)
SIGN_IN = SignInConfig.model_construct(
    provider="qzprovider",
    client_id="qzclient",
    client_secret_arn="qzsecret",  # noqa: S106 - an ARN's place
    issuer="qzissuer",
    allowed_domains=("qzdomain",),
    default_role="qzrole",
    groups_claim="qzclaim",
    group_roles={"qzgroup": ("qzrole",)},
)
CERTIFICATE = "qzcertificate"
DIGEST = f"sha256:{'7' * 64}"
_SETTING = ("qzsection", "qzkey", "qzsetting")


def _numbers(kind: type[TaskSize], first: int, fields: tuple[str, ...]) -> Any:
    # Not validated: no size that Fargate offers is a number that nothing else has.
    return kind.model_construct(**{field: first + at for at, field in enumerate(fields)})


_SIZE, _COUNTED = ("cpu", "memory"), ("cpu", "memory", "count")
_SCALED = (*_SIZE, "min_count", "max_count", "cpu_target")
_WORKED = (*_SIZE, "concurrency", "min_count", "max_count", "idle_seconds")
# By the beginning of their variables.
SIZES: dict[str, Any] = {
    "api_server": _numbers(ApiServerConfig, 770100, _SCALED),
    "scheduler": _numbers(SchedulerConfig, 770200, _COUNTED),
    "dag_processor": _numbers(DagProcessorConfig, 770300, _COUNTED),
    "triggerer": _numbers(ComponentConfig, 770400, _COUNTED),
    "worker": _numbers(WorkersConfig, 770500, _WORKED),
    "task": _numbers(TaskSize, 770600, _SIZE),
}
CONFIG = PlatformConfig.model_construct(
    **dict(ACCOUNT),
    network=NetworkConfig.model_construct(vpc=OWN_VPC),
    entry=EntryConfig.model_construct(allowed_cidrs=(OUTSIDE,), certificate_arn=CERTIFICATE, domain="qz.example.org"),
    database=DatabaseConfig.model_construct(
        engine_version="15.55",
        instance_class="db.qz.mark",
        storage_gb=770701,
        max_storage_gb=770702,
        multi_az=False,
        backup_retention_days=770703,
        performance_insights=False,
    ),
    image=ImageConfig.model_construct(version="3.77.77", digest=DIGEST, keep=770801),
    airflow=AirflowConfig.model_construct(
        executor="celery,ecs", task=SIZES["task"], settings={_SETTING[0]: {_SETTING[1]: _SETTING[2]}}
    ),
    celery=CeleryConfig.model_construct(node_type="cache.qz.mark", nodes=770901, workers=SIZES["worker"]),
    components=ComponentsConfig.model_construct(
        **{name: size for name, size in SIZES.items() if name in ComponentsConfig.model_fields}
    ),
    logs=LogsConfig.model_construct(component_days=770802, task_days=770803),
    protected=False,
)


def _entry(name: str, value: str, variable: str, encoded: str) -> Mark:
    """A variable of a container that is there only where something is said."""
    found = json.dumps({"name": name, "value": value}) + ", "
    made = f'"${{jsonencode({{ name = "{name}", value = {encoded} }})}}, "'
    return Mark(found, f'{variable} == null ? "" : {made}')


def _number(value: int, variable: str) -> list[Mark]:
    # As a number, and as a text or a part of one.
    return [Mark(value, f"var.{variable}"), Mark(str(value), f"var.{variable}")]


def _zone(zone: int) -> list[Mark]:
    index = zone - 1
    letter = f"substr(var.vpc.zones[{index}], -1, 1)"
    subnets = {"public": f"10.233.{zone}.0/24", "private": f"10.233.1{zone}.0/24"}
    return [
        Mark(f"{ACCOUNT.region}{zone}", f"var.vpc.zones[{index}]"),
        Mark(f"airflow-{ENVIRONMENT}-{zone}", f'format("airflow-%s-%s", var.environment, {letter})'),
        *(Mark(f"-{kind}-{zone}", f'format("-{kind}-%s", {letter})') for kind in ("public", "private", "nat")),
        *(
            Mark(cidr, f"try(var.vpc.{kind}_subnets[{index}], cidrsubnet(var.vpc.cidr, 4, {first + index}))")
            for (kind, cidr), first in zip(subnets.items(), (0, 8), strict=True)
        ),
    ]


_ON_SPOT = '\\"capacityProvider\\": \\"FARGATE${var.task_spot ? "_SPOT" : ""}\\"'
_IN_PUBLIC = 'AIRFLOW__AWS_ECS_EXECUTOR__ASSIGN_PUBLIC_IP", "value": "${title(tostring(local.public_tasks))}"'
_ROLES = json.dumps(SIGN_IN.group_roles)
MARKS = [
    Mark(ENVIRONMENT, "var.environment"),
    *PLACE,
    *(mark for zone in ZONES for mark in _zone(zone)),
    Mark(str(CIDR), "local.cidr"),
    Mark(str(OUTSIDE), "each.key"),
    Mark(CERTIFICATE, "var.certificate_arn"),
    *(Mark(f"{scheme}://qz.example.org", "local.url") for scheme in ("http", "https")),
    Mark(f"${{aws_ecr_repository.registry_repository.repository_url}}@{DIGEST}", "local.image"),
    Mark("3.77.77", "var.image_version"),
    *_number(770801, "image_keep"),
    Mark("15.55", "var.database_engine_version"),
    Mark("postgres15", 'format("postgres%s", split(".", var.database_engine_version)[0])'),
    Mark("db.qz.mark", "var.database_instance_class"),
    *_number(770701, "database_storage_gb"),
    *_number(770702, "database_max_storage_gb"),
    *_number(770703, "database_backup_retention_days"),
    Mark("cache.qz.mark", "var.broker_node_type"),
    *_number(770901, "broker_nodes"),
    *_number(-770901, "broker_nodes"),
    *_number(770802, "log_component_days"),
    *_number(770803, "log_task_days"),
    *(
        mark
        for name, size in SIZES.items()
        for field, value in size
        if type(value) is int
        for mark in _number(value, f"{name}_{field}")
    ),
    Mark(
        json.dumps({"name": "AIRFLOW__{}__{}".format(*_SETTING).upper(), "value": _SETTING[2]}) + ", ",
        "local.more_settings",
    ),
    # Of the executor's settings, which are not there with every executor: no decision of their own.
    *(Mark(f'\\"capacityProvider\\": \\"{one}\\"', expression(_ON_SPOT)) for one in ("FARGATE", "FARGATE_SPOT")),
    *(Mark(_IN_PUBLIC.split("$")[0] + f'{one}"', expression(_IN_PUBLIC)) for one in (True, False)),
    Mark("qzprovider", "var.sign_in.provider"),
    Mark("qzclient", "var.sign_in.client_id", free=True),
    Mark("qzsecret", "var.sign_in.client_secret_arn"),
    Mark("qzdomain", 'join(",", var.sign_in.allowed_domains)'),
    Mark("qzrole", "var.sign_in.default_role", free=True),
    _entry("AIRFLOW_OAUTH_ISSUER", "qzissuer", "var.sign_in.issuer", "var.sign_in.issuer"),
    _entry("AIRFLOW_OAUTH_GROUPS_CLAIM", "qzclaim", "var.sign_in.groups_claim", "var.sign_in.groups_claim"),
    _entry("AIRFLOW_OAUTH_GROUP_ROLES", _ROLES, "var.sign_in.group_roles", "jsonencode(var.sign_in.group_roles)"),
]
