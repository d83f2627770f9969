"""What the two modules of a project have in common: whose they are, and where."""

from module_export.marks import Mark
from module_export.module import ASKED
from module_export.variable import Variable, matches
from modules.account import AccountConfig
from modules.project import ProjectConfig

ENVIRONMENT, PROJECT = "qzenv", "qz-project"
ACCOUNT = AccountConfig(account_id="909090909090", region="qz-mark-9", owner="nobody")
PLACE = [
    Mark(ACCOUNT.account_id, f"data.aws_caller_identity.current.{ASKED['aws_caller_identity']}"),
    Mark(ACCOUNT.region, f"data.aws_region.current.{ASKED['aws_region']}"),
]
NAMES = [
    Mark(ENVIRONMENT, "var.environment"),
    Mark(PROJECT, "var.project"),
    Mark(PROJECT.replace("-", "_"), 'replace(var.project, "-", "_")'),
    *PLACE,
]
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
