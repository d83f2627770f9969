"""The module ``platform``."""

from module_export.module import Module
from module_export.platform.document import document
from module_export.platform.variables import variables
from modules.platform.platform import Platform


def module() -> Module:
    """Return the module; its variables are what an operator sets in platform.tfvars, its notes are what is fixed."""
    return Module("platform", _DESCRIPTION, _EXAMPLE, variables(), document(), _NOTES, Platform.moved)


_DESCRIPTION = (
    "One Airflow cluster: network, load balancer, PostgreSQL on RDS, files, image registry, and Airflow's components on ECS. It "
    "publishes `/airflow-<environment>/platform` in SSM Parameter Store for the modules `infrastructure` and `workflows`."
)
_NOTES = [
    "An owner, tags and a last day are tags of everything: set them as `default_tags` of your provider.",
    "The database is RDS and Celery's broker is ElastiCache. Servers in containers, for temporary environments, are for "
    "stacks only, because each needs services, secrets and folders of its own.",
    "Celery's workers run on Fargate or Fargate Spot. EC2 instances are for stacks only, because they need an Auto Scaling "
    "group and a capacity provider.",
    "`airflow_settings` adds to the settings of `airflow/config`, which are in the module, and changes none of them.",
    "The commands of `ops`, also those that build an image and deploy, are for stacks: they read `environments/`.",
]
_EXAMPLE = """
module "platform" {
  source = "git::https://…//terraform/platform?ref=…"

  environment     = "dev"
  vpc             = { cidr = "10.20.0.0/16", zones = ["us-east-1a", "us-east-1b"], nat = "one" }
  allowed_cidrs   = ["198.51.100.0/24"]
  certificate_arn = aws_acm_certificate.airflow.arn
  domain          = "airflow.example.org"
}
"""
