"""What the two modules of a project have in common: whose they are, and where."""

from module_export.merge import Document
from module_export.placeholders import Placeholder
from module_export.variable import Variable, matches
from modules.account import PREFIX, AccountConfig
from modules.project import ProjectConfig

ENVIRONMENT, PROJECT = "qzenv", "qz-project"
ACCOUNT = AccountConfig(account_id="909090909090", region="qz-mark-9", owner="nobody")
# The longest first is replaced first, so that a name is written with `local.prefix` where it begins with that.
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
]
# The documents that other modules publish, which a project's modules read.
_READ = {name: f"jsondecode(data.aws_ssm_parameter.{name}.insecure_value)" for name in ("platform", "infrastructure")}
CONTRACTS = [Placeholder(expression, f"local.{name}") for name, expression in _READ.items()]


def locals_of(document: Document) -> Document:
    """Return the prefix of names, and the published documents that this one reads."""
    read = document["data"]["aws_ssm_parameter"]
    return {"prefix": LOCALS["prefix"], **{name: f"${{{_READ[name]}}}" for name in _READ if name in read}}


LOCALS = {"prefix": f"{PREFIX}-${{var.environment}}"}
NAME = r"^[a-z](-?[a-z0-9])*$"
WORDS = "lower-case letters, digits and single hyphens, beginning with a letter"
# The longest name that either module makes.
_BUCKET = "airflow-${var.environment}-${var.project}-files-000000000000"

VARIABLES = [
    Variable(
        "environment",
        "string",
        "The Airflow environment whose platform publishes `/airflow-<environment>/platform`.",
        rules=((matches("environment", NAME), f"environment must be {WORDS}."),),
    ),
    Variable(
        "project",
        "string",
        "The project's name, which what belongs to it begins with.",
        rules=(
            (matches("project", NAME), f"project must be {WORDS}."),
            (f'length("{_BUCKET}") <= 63', "environment and project are too long together: S3 allows 63 characters."),
        ),
    ),
]
PROTECTED = Variable.of(
    "protected",
    ProjectConfig,
    "protected",
    "Refuse to destroy what may hold data, and keep deleted secrets for 30 days.",
)
