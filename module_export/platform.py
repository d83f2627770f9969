"""The module ``platform``."""

from typing import Any

from module_export.marks import for_each, replaced
from module_export.merge import Document, merge
from module_export.module import Module, synthesised
from module_export.platform_config import CONFIG, EXISTING_VPC, OWN_VPC, SIGN_IN, SIZES
from module_export.platform_marks import MARKS
from module_export.platform_network import lifted
from module_export.platform_variables import EXAMPLE, variables
from module_export.project import ENVIRONMENT
from modules.platform.network import NetworkConfig
from modules.platform.platform import Platform
from modules.stack_id import StackId


def module() -> Module:
    """What an admin sets in platform.tfvars, as variables; the module's README says what is fixed."""
    document = merge(_made(), *_decisions())
    return Module("platform", _DESCRIPTION, EXAMPLE, variables(document), document, _NOTES)


def _decisions() -> list[dict[str, Document]]:
    """What each value makes of the platform that decides on more than itself; independent of one another."""

    def network(**changes: Any) -> Document:
        return _made(network=NetworkConfig.model_construct(**changes))

    def own(**changes: Any) -> Document:
        return network(vpc=OWN_VPC.model_copy(update=changes))

    def flag(condition: str, **changes: Any) -> dict[str, Document]:
        return {condition: _made(**changes)}

    executors: dict[str, dict[str, Any]] = {
        'var.executor == "ecs"': {"airflow": {"executor": "ecs"}},
        'var.executor == "local"': {"airflow": {"executor": "local"}},
        'var.executor == "celery" && var.flower': {"airflow": {"executor": "celery"}},
        'var.executor == "celery" && !var.flower': {"airflow": {"executor": "celery"}, "celery": {"flower": False}},
        'var.executor == "celery,ecs" && !var.flower': {"celery": {"flower": False}},
    }
    two = {
        "zones": OWN_VPC.zones[:2],
        "public_subnets": OWN_VPC.public_subnets[:2],
        "private_subnets": OWN_VPC.private_subnets[:2],
    }
    existing_two = EXISTING_VPC.model_copy(update={"private_subnet_ids": EXISTING_VPC.private_subnet_ids[:2]})
    return [
        {condition: _made(**changes) for condition, changes in executors.items()},
        {
            "var.vpc != null && local.zones == 2": own(**two),
            "var.vpc == null && local.zones == 2": network(existing_vpc=existing_two),
            "var.vpc == null && local.zones == 3": network(existing_vpc=EXISTING_VPC),
        },
        {f'local.nat == "{nat}"': own(nat=nat) for nat in ("none", "one")},
        # Not whether there is a certificate: a new one's ARN is not known when this has to be.
        flag("var.insecure_http", entry={"certificate_arn": None, "insecure_http": True}),
        flag("var.internal", entry={"internal": True}),
        flag("var.database_multi_az", database={"multi_az": True}),
        flag("var.database_performance_insights", database={"performance_insights": True}),
        flag("var.broker_nodes == 1", celery={"nodes": -CONFIG.celery.nodes}),
        flag("var.worker_spot", celery={"workers": SIZES["worker"].model_copy(update={"spot": True})}),
        *(
            flag(f"var.{name}_spot", components={name: SIZES[name].model_copy(update={"spot": True})})
            for name in type(CONFIG.components).model_fields
        ),
        flag("var.execute_command", airflow={"execute_command": True}),
        flag("var.sign_in != null", sign_in=SIGN_IN),
        flag("var.protected", protected=True),
    ]


def _made(**changes: Any) -> Document:
    """The platform of CONFIG with these changes, as the body of a module."""
    updates = {
        name: getattr(CONFIG, name).model_copy(update=change) if isinstance(change, dict) else change
        for name, change in changes.items()
    }
    config = CONFIG.model_copy(update=updates)
    document = synthesised(lambda app: Platform(app, StackId(ENVIRONMENT, "platform"), config))
    document = lifted(document, config.network)
    # The people's networks are as many as are given.
    document = for_each(document, r"(?<=_outside_443)_0$|(?<=_outside_80)_0$", "toset(var.allowed_cidrs)")
    made: Document = replaced(document, MARKS)
    made["locals"] |= _LOCALS
    return made


_LOCALS = {
    "cidr": "${var.vpc == null ? var.existing_vpc.cidr : var.vpc.cidr}",
    "nat": '${var.vpc == null ? "" : var.vpc.nat}',
    "zones": "${length(var.vpc == null ? var.existing_vpc.private_subnet_ids : var.vpc.zones)}",
    "image": '${var.image_digest == null ? "docker.io/apache/airflow:${var.image_version}" : '
    '"${aws_ecr_repository.registry_repository.repository_url}@${var.image_digest}"}',
    "url": '${var.insecure_http ? "http" : "https"}://'
    "${var.domain == null ? aws_lb.entry_load_balancer.dns_name : var.domain}",
    "more_settings": '${join("", flatten([for section, keys in var.airflow_settings : [for key, value in keys : '
    '"${jsonencode({ name = upper("AIRFLOW__${section}__${key}"), value = value })}, "]]))}',
}
_DESCRIPTION = (
    "One Airflow cluster: network, load balancer, PostgreSQL on RDS, files, image registry, and Airflow's components on ECS. It "
    "publishes `/airflow-<environment>/platform` in SSM Parameter Store for the modules `infrastructure` and `workflows`."
)
_NOTES = [
    "An owner, tags and a last day are tags of everything: `default_tags` of your provider.",
    "The database is RDS, Celery's broker ElastiCache: servers in containers, for environments that are thrown away, are stacks "
    "only, as they bring services, secrets and folders of their own.",
    "Celery's workers run on Fargate or Fargate Spot: EC2 instances are for stacks only, as they bring an Auto Scaling group and a "
    "capacity provider.",
    "`airflow_settings` adds to the settings of `airflow/config`, which are in the module, and changes none of them.",
    "An existing VPC has two or three private subnets, as a VPC of the platform's own has: each gets a mount target.",
    "The commands of `ops`, also those that build an image and deploy, are for stacks: they read `environments/`.",
]
