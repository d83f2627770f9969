"""The document of the module ``platform``: its decisions, and the locals that several resources share."""

from typing import Any

from module_export.hoist import containers, environments, hoist_common, hoist_locals
from module_export.merge import Decision, Document, merge
from module_export.module import synthesised
from module_export.placeholders import for_each, replaced
from module_export.platform.config import CONFIG, EXISTING_VPC, OWN_VPC, SETTING_VARIABLE, SIGN_IN, SIZES
from module_export.platform.network import with_network
from module_export.platform.placeholders import PLACEHOLDERS
from module_export.project import ENVIRONMENT
from module_export.values import Conditional, Merged, NamedValues, mapped, parts
from module_export.variables import FARGATE
from modules.platform.network import NetworkConfig
from modules.platform.platform import Platform
from modules.stack_id import StackId


def document() -> Document:
    """Return the module's document."""
    base = _synthesised()
    merged = merge(base, *_decisions(base))
    reserved = {name for one in parts(merged) if isinstance(one, NamedValues) for name in one.values}
    resources = merged["resource"]
    broker_url = environments(merged, "DUMB_INIT_SETSID")[0]["AIRFLOW__CELERY__BROKER_URL"]
    task_subnet_ids = resources["aws_ecs_service"]["api_server"]["network_configuration"]["subnets"]
    trust = resources["aws_iam_role"]["api_server_role"]["assume_role_policy"]
    merged = hoist_common(merged, "container", containers(merged))
    merged = hoist_common(merged, "environment", environments(merged))
    merged = hoist_common(merged, "component_environment", environments(merged, "FORWARDED_ALLOW_IPS"))
    merged = hoist_locals(merged, broker_url=broker_url, ecs_tasks_trust=trust, task_subnet_ids=task_subnet_ids)
    merged = hoist_locals(
        mapped(merged, _with_airflow_settings),
        scheduler_environment=environments(merged, "AIRFLOW__AWS_ECS_EXECUTOR__CLUSTER")[0],
    )
    merged["locals"] |= {
        "broker_url": Conditional("${local.with_celery}", broker_url),
        "fargate_memory": FARGATE,
        "reserved_settings": sorted(one for one in reserved - {SETTING_VARIABLE} if one.startswith("AIRFLOW__")),
    }
    del merged["locals"]["task_subnet_ids"]  # written by hand in locals.tf
    return merged


def _decisions(base: Document) -> list[Decision]:
    """Return the decisions that Python makes by the configuration (`if`); they are independent of each other."""

    def flag(condition: str, **changes: Any) -> Decision:
        return Decision.between(condition, _synthesised(**changes))

    def network(condition: str, **config: Any) -> Decision:
        document = _synthesised(network=NetworkConfig.model_construct(**config))
        # Resources that are repeated for each zone need no condition: there are no zones.
        for kind, bodies in base["resource"].items():
            repeated = {id: body for id, body in bodies.items() if id.startswith("network_") and "for_each" in body}
            document["resource"][kind] = repeated | document["resource"].get(kind, {})
        return Decision.between(condition, document)

    return [
        _executor(),
        network("var.vpc == null", existing_vpc=EXISTING_VPC),
        network("local.public_tasks", vpc=OWN_VPC.model_copy(update={"nat": "none"})),
        # Decided by a variable, because a certificate in the same apply has no ARN while Terraform plans.
        flag("var.insecure_http", entry={"certificate_arn": None, "insecure_http": True}),
        flag("var.internal", entry={"internal": True}),
        flag("var.database_multi_az", database={"multi_az": True}),
        flag("var.database_performance_insights", database={"performance_insights": True}),
        flag("var.broker_nodes == 1", celery={"nodes": -CONFIG.celery.nodes}),
        flag("var.task_spot", airflow={"task": SIZES["task"].model_copy(update={"spot": True})}),
        flag("var.worker_spot", celery={"workers": SIZES["worker"].model_copy(update={"spot": True})}),
        *(
            flag(f"var.{name}_spot", components={name: SIZES[name].model_copy(update={"spot": True})})
            for name in type(CONFIG.components).model_fields
        ),
        flag("var.execute_command", airflow={"execute_command": True}),
        _sign_in(),
        flag("var.protected", protected=True),
    ]


def _executor() -> Decision:
    """Return the decision between the executors, with and without Flower; the base has Celery, ECS and Flower."""
    without = {"celery": {"flower": False}}
    cases: dict[str, dict[str, Any]] = {
        "ecs": {"airflow": {"executor": "ecs"}},
        "local": {"airflow": {"executor": "local"}},
        "celery": {"airflow": {"executor": "celery"}},
        "celery without flower": {"airflow": {"executor": "celery"}, **without},
        "celery,ecs without flower": without,
    }
    return Decision(
        {case: _synthesised(**changes) for case, changes in cases.items()},
        {
            "local.with_ecs": ["", "ecs", "celery,ecs without flower"],
            "local.with_celery": ["", "celery", "celery without flower", "celery,ecs without flower"],
            "local.with_local": ["local"],
            "local.with_flower": ["", "celery"],
        },
    )


def _sign_in() -> Decision:
    """Return the decision between passwords and an OpenID Connect provider, with and without its optional values."""
    optional: dict[str, Any] = {"issuer": None, "groups_claim": None, "group_roles": {}}
    cases = {"all": SIGN_IN, **{name: SIGN_IN.model_copy(update={name: none}) for name, none in optional.items()}}
    return Decision(
        {case: _synthesised(sign_in=config) for case, config in cases.items()},
        {
            "var.sign_in != null": [*cases],
            **{f"try(var.sign_in.{name}, null) != null": {*cases} - {name} for name in optional},
        },
    )


def _synthesised(**changes: Any) -> Document:
    """Return the platform of CONFIG with these changes, as the body of a module."""
    updates = {
        name: getattr(CONFIG, name).model_copy(update=change) if isinstance(change, dict) else change
        for name, change in changes.items()
    }
    config = CONFIG.model_copy(update=updates)
    document = synthesised(lambda app: Platform(app, StackId(ENVIRONMENT, "platform"), config))
    document = with_network(document, config.network)
    document = for_each(document, r"\w+_outside_\d+", "toset(var.allowed_cidrs)")
    made: Document = replaced(document, PLACEHOLDERS)
    return made


def _with_airflow_settings(part: Any) -> Any:
    """Add the variable `airflow_settings` to a map that has the placeholder of a setting."""
    if not isinstance(part, dict) or SETTING_VARIABLE not in part:
        return part
    return Merged(({key: value for key, value in part.items() if key != SETTING_VARIABLE}, "${local.airflow_settings}"))
