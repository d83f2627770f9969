"""The templates that the values of config.py stand for."""

from typing import get_args

from module_export.placeholders import Placeholder
from module_export.platform.config import CERTIFICATE, CIDR, CONFIG, DIGEST, OUTSIDE, OWN_VPC, SIGN_IN, SIZES
from module_export.project import ENVIRONMENT, PLACE
from modules.account import PREFIX
from modules.platform import executors


def _number(value: int, variable: str) -> list[Placeholder]:
    # As a number, and as a text or a part of one.
    return [Placeholder(one, f"${{var.{variable}}}") for one in (value, str(value))]


# The zone, in resources that are repeated for each zone.
_ZONE = [
    Placeholder(OWN_VPC.zones[0], "${each.value.name}"),
    Placeholder(str(OWN_VPC.public_subnets[0]), "${each.value.public}"),
    Placeholder(str(OWN_VPC.private_subnets[0]), "${each.value.private}"),
    Placeholder(f"{PREFIX}-{ENVIRONMENT}-z", "${local.prefix}-${each.key}"),
    *(
        Placeholder(f"{PREFIX}-{ENVIRONMENT}-{kind}-z", f"${{local.prefix}}-{kind}-${{each.key}}")
        for kind in ("public", "private", "nat")
    ),
]
PLACEHOLDERS = [
    *PLACE,
    *_ZONE,
    Placeholder(str(CIDR), "${local.cidr}"),
    Placeholder(str(OUTSIDE), "${each.key}"),
    Placeholder(CERTIFICATE, "${var.certificate_arn}"),
    *(Placeholder(f"{scheme}://{CONFIG.entry.domain}", "${local.url}") for scheme in ("http", "https")),
    Placeholder(f"${{aws_ecr_repository.registry.repository_url}}@{DIGEST}", "${local.image}"),
    *(Placeholder(executors.executor_setting(one), "${local.executor}") for one in get_args(executors.ExecutorName)),
    Placeholder("3.77.77", "${var.image_version}"),
    *_number(770801, "image_keep"),
    Placeholder("15.55", "${var.database_engine_version}"),
    Placeholder("postgres15", 'postgres${split(".", var.database_engine_version)[0]}'),
    Placeholder("db.qz.mark", "${var.database_instance_class}"),
    *_number(770701, "database_storage_gb"),
    *_number(770702, "database_max_storage_gb"),
    *_number(770703, "database_backup_retention_days"),
    Placeholder("cache.qz.mark", "${var.broker_node_type}"),
    *_number(770901, "broker_nodes"),
    *_number(-770901, "broker_nodes"),
    *_number(770802, "log_component_days"),
    *_number(770803, "log_task_days"),
    *(
        placeholder
        for name, size in SIZES.items()
        for field, value in size
        if type(value) is int
        for placeholder in _number(value, f"{name}_{field}")
    ),
    Placeholder("qzprovider", "${var.sign_in.provider}"),
    Placeholder("qzclient", "${var.sign_in.client_id}"),
    Placeholder("qzsecret", "${var.sign_in.client_secret_arn}"),
    Placeholder("qzissuer", "${var.sign_in.issuer}"),
    Placeholder("qzdomain", '${join(",", var.sign_in.allowed_domains)}'),
    Placeholder("qzclaim", "${var.sign_in.groups_claim}"),
    Placeholder({group: [*roles] for group, roles in SIGN_IN.group_roles.items()}, "${var.sign_in.group_roles}"),
    Placeholder("qzrole", "${var.sign_in.default_role}"),
]
