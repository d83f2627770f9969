"""Placeholders that the modules have in common: environment, project, account and region."""

from module_export.placeholders import Placeholder
from modules.account import PREFIX, AccountConfig

ENVIRONMENT, PROJECT = "qzenv", "qz-project"
ACCOUNT = AccountConfig(account_id="909090909090", region="qz-mark-9", owner="nobody")
PLACE = [
    Placeholder(f"{PREFIX}-{ENVIRONMENT}", "${local.prefix}"),
    Placeholder(ENVIRONMENT, "${var.environment}"),
    Placeholder(ACCOUNT.account_id, "${local.account_id}"),
    Placeholder(ACCOUNT.region, "${local.region}"),
    Placeholder("arn:aws:", "arn:${local.partition}:"),
]
NAMES = [
    *PLACE,
    Placeholder(PROJECT, "${var.project}"),
    Placeholder(PROJECT.replace("-", "_"), '${replace(var.project, "-", "_")}'),
    # The published documents that a project reads.
    *(
        Placeholder(f"jsondecode(data.aws_ssm_parameter.{name}.insecure_value)", f"local.{name}")
        for name in ("platform", "infrastructure")
    ),
]
