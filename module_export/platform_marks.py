"""What the values of platform_config.py stand for."""

import json

from module_export.marks import Mark
from module_export.platform_config import CERTIFICATE, CIDR, DIGEST, OUTSIDE, SETTING, SIGN_IN, SIZES, ZONES
from module_export.project import ACCOUNT, ENVIRONMENT, PLACE
from module_export.template import expression


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
        json.dumps({"name": "AIRFLOW__{}__{}".format(*SETTING).upper(), "value": SETTING[2]}) + ", ",
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
