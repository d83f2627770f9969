"""Values for the module ``platform``, and the equal configuration of the stack."""

import random
from typing import Any

from modules.platform.components import ComponentsConfig
from tests import variants

Values = dict[str, Any]

REQUIRED: Values = {
    "environment": "test",
    "vpc": variants.OWN_VPC,
    "allowed_cidrs": ["198.51.100.0/24"],
    "certificate_arn": variants.CERTIFICATE,
    "domain": "airflow.example.org",
}
SIGN_IN: Values = {
    "provider": "oidc",
    "client_id": 'with "quotes"',
    "client_secret_arn": "arn:aws:secretsmanager:us-east-1:111111111111:secret:sign-in-AbCdEf",
    "issuer": "https://login.example.org",
    "allowed_domains": ["example.org", "example.com"],
    "groups_claim": "groups",
    "group_roles": {"data-engineers": ["User"], "platform": ["Op", "Admin"]},
}
GOOGLE: Values = {
    "provider": "google",
    "client_id": "airflow",
    "client_secret_arn": SIGN_IN["client_secret_arn"],
    "allowed_domains": ["example.org"],
    "default_role": "User",
}
THREE: Values = {"cidr": "10.21.0.0/16", "zones": ["us-east-1a", "us-east-1b", "us-east-1c"]}
EXISTING: Values = {**variants.EXISTING_VPC, "private_subnet_ids": [f"subnet-0{one}" for one in "cdef"]}
HTTP: Values = {"certificate_arn": None, "insecure_http": True}
CELERY: Values = {"executor": "celery,ecs"}
# For every variable a value that differs from the default and REQUIRED, and the values that it needs to have an effect.
OTHER: dict[str, tuple[Any, Values]] = {
    "environment": ("other", {}),
    "vpc": ({**variants.OWN_VPC, "nat": "one"}, {}),
    "existing_vpc": (variants.EXISTING_VPC, {"vpc": None}),
    "allowed_cidrs": (["198.51.100.0/24", "203.0.113.0/24"], {}),
    "certificate_arn": (None, {"insecure_http": True}),
    "domain": ("other.example.org", {}),
    "internal": (True, {}),
    "sign_in": (SIGN_IN, {}),
    "image_version": ("3.3.1", {}),
    "image_digest": ("sha256:" + "1" * 64, {}),
    "image_keep": (5, {}),
    "executor": ("local", {}),
    "task_cpu": (1024, {"task_memory": 4096}),
    "task_memory": (2048, {}),
    "task_spot": (True, {}),
    "airflow_settings": ({"core": {"parallelism": "64"}, "fab": {"rate": 'a "b"'}}, {}),
    "execute_command": (True, {}),
    "database_engine_version": ("17.2", {}),
    "database_instance_class": ("db.m7g.large", {}),
    "database_storage_gb": (50, {}),
    "database_max_storage_gb": (200, {}),
    "database_multi_az": (False, {}),
    "database_backup_retention_days": (14, {}),
    "database_performance_insights": (False, {}),
    "flower": (False, CELERY),
    "broker_node_type": ("cache.m7g.large", CELERY),
    "broker_nodes": (1, CELERY),
    "worker_cpu": (2048, CELERY),
    "worker_memory": (8192, CELERY),
    "worker_spot": (True, CELERY),
    "worker_concurrency": (16, CELERY),
    "worker_min_count": (1, CELERY),
    "worker_max_count": (20, CELERY),
    "worker_idle_seconds": (600, CELERY),
    "api_server_cpu": (2048, {}),
    "api_server_memory": (8192, {}),
    "api_server_spot": (True, {}),
    "api_server_min_count": (1, {}),
    "api_server_max_count": (8, {}),
    "api_server_cpu_target": (70, {}),
    "scheduler_cpu": (512, {}),
    "scheduler_memory": (4096, {}),
    "scheduler_spot": (True, {}),
    "scheduler_count": (1, {}),
    "dag_processor_cpu": (512, {}),
    "dag_processor_memory": (4096, {}),
    "dag_processor_spot": (True, {}),
    "dag_processor_count": (2, {}),
    "triggerer_cpu": (1024, {"triggerer_memory": 2048}),
    "triggerer_memory": (2048, {}),
    "triggerer_spot": (True, {}),
    "triggerer_count": (2, {}),
    "log_component_days": (30, {}),
    "log_task_days": (90, {}),
    "protected": (False, {}),
}


def chosen(seed: int) -> Values:
    """Return random values, about half of which differ from the defaults; a seed always gives the same values."""
    choose = random.Random(seed)  # noqa: S311 - not for a secret
    sizes = {name for name in OTHER if name.endswith(("_cpu", "_memory"))}
    simple = [*(OTHER.keys() - sizes - {"vpc", "existing_vpc", "executor", "certificate_arn", "sign_in"})]
    values = REQUIRED | {name: OTHER[name][0] for name in sorted(simple) if choose.random() < 0.5}
    for size in sorted(name.removesuffix("_cpu") for name in sizes if name.endswith("_cpu")):
        if choose.random() < 0.5:
            values |= {f"{size}_cpu": 2048, f"{size}_memory": 8192}
    zones = choose.choice([variants.OWN_VPC, THREE])
    values["vpc"] = choose.choice([None, *({**zones, "nat": nat} for nat in ("none", "one", "per_zone"))])
    if not values["vpc"]:
        values["existing_vpc"] = choose.choice([variants.EXISTING_VPC, EXISTING])
    elif choose.random() < 0.3:
        base = str(zones["cidr"]).removesuffix("0.0/16")
        values["vpc"]["public_subnets"] = [f"{base}{100 + at}.0/24" for at, _ in enumerate(zones["zones"])]
    values |= choose.choice([{}, HTTP, {**HTTP, "domain": None}])
    values["executor"] = choose.choice(["ecs", "local", "celery", "celery,ecs"])
    values["sign_in"] = choose.choice([None, SIGN_IN, GOOGLE])
    return values


def others(values: Values) -> set[str]:
    """Return the variables that differ from REQUIRED and have an effect together with the other values."""
    unused = set() if "celery" in values.get("executor", "ecs") else {"worker", "broker", "flower"}
    unused |= set() if "ecs" in values.get("executor", "ecs") else {"task"}
    return {
        name
        for name, value in values.items()
        if value != REQUIRED.get(name) and name.partition("_")[0] not in unused and value not in (None, "ecs")
    }


def configured(values: Values) -> Values:
    """Return the same values as changes of the platform of tests/variants.py."""
    config: Values = {}
    for name, value in values.items():
        *parents, last = path(name)
        at = config
        for key in parents:
            at = at.setdefault(key, {})
        at[last] = value
    if "celery" not in config.get("airflow", {}).get("executor", ""):
        config["celery"] = None
    return {name: value for name, value in config.items() if name != "environment"}


def path(name: str) -> list[str]:
    """Return the path of a variable's value in platform.tfvars."""
    if name in {"environment", "protected", "sign_in"}:
        return [name]
    if name in {"vpc", "existing_vpc"}:
        return ["network", name]
    if name in {"allowed_cidrs", "open_to_the_internet", "certificate_arn", "insecure_http", "domain", "internal"}:
        return ["entry", name]
    if name in {"executor", "execute_command"}:
        return ["airflow", name]
    if name in {"flower", "broker_node_type", "broker_nodes"}:
        return ["celery", name.removeprefix("broker_")]
    groups = {
        "image": ["image"],
        "airflow": ["airflow"],
        "task": ["airflow", "task"],
        "database": ["database"],
        "worker": ["celery", "workers"],
        "log": ["logs"],
        **{component: ["components", component] for component in ComponentsConfig.model_fields},
    }
    (group,) = (one for one in groups if name.startswith(f"{one}_"))
    return [*groups[group], name.removeprefix(f"{group}_")]
