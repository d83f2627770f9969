import json

import pytest

from modules.contract import PlatformContract
from tests.synthesised import Args, Synthesised
from tests.variants import platform

SECRETS = "aws_secretsmanager_secret"


def connections(stack: Synthesised) -> set[tuple[str, str, int]]:
    """Return client, server and port of every connection between security groups that the rules allow."""
    groups = {
        f"${{aws_security_group.{id}.id}}": id.removesuffix("_firewall") for id in stack.resources("aws_security_group")
    }
    rules = stack.resources("aws_vpc_security_group_ingress_rule").values()
    return {
        (groups[rule["referenced_security_group_id"]], groups[rule["security_group_id"]], rule["from_port"])
        for rule in rules
        if "referenced_security_group_id" in rule
    }


COMPONENTS = ("api_server", "scheduler", "dag_processor", "triggerer")
WITH_ECS = {
    ("entry", "api_server", 8080),
    ("tasks", "api_server", 8080),
    ("api_server", "triggerer", 8794),
    ("tasks", "files", 2049),
    *((component, "database", 5432) for component in COMPONENTS),
    *((component, "files", 2049) for component in COMPONENTS if component != "scheduler"),
}


@pytest.mark.parametrize(
    ("executor", "more"), [("ecs", set()), ("local", {("api_server", "scheduler", 8793), ("scheduler", "files", 2049)})]
)
def test_only_these_connections_are_allowed(executor: str, more: set[tuple[str, str, int]]) -> None:
    assert connections(platform(airflow={"executor": executor})) == WITH_ECS | more


def test_only_components_can_connect_to_the_metadata_database() -> None:
    assert {client for client, server, _ in connections(platform()) if server == "database"} == set(COMPONENTS)


def test_every_ingress_rule_has_its_egress_rule() -> None:
    def pairs(way: str, client: str, server: str) -> set[tuple[str, str, int]]:
        rules = platform().resources(f"aws_vpc_security_group_{way}_rule").values()
        return {(r[client], r[server], r["to_port"]) for r in rules if "referenced_security_group_id" in r}

    reference, own = "referenced_security_group_id", "security_group_id"
    assert pairs("ingress", reference, own) == pairs("egress", own, reference)


PROTECTION = [
    ("aws_db_instance", "deletion_protection", True, False),
    ("aws_db_instance", "skip_final_snapshot", False, True),
    ("aws_db_instance", "final_snapshot_identifier", "airflow-test-database-final", None),
    ("aws_db_instance", "delete_automated_backups", False, True),
    ("aws_lb", "enable_deletion_protection", True, False),
    ("aws_ecr_repository", "force_delete", False, True),
    ("aws_s3_bucket", "force_destroy", False, True),
    (SECRETS, "recovery_window_in_days", 30, 0),
    ("aws_efs_backup_policy", "backup_policy", {"status": "ENABLED"}, {"status": "DISABLED"}),
]


@pytest.mark.parametrize(("kind", "argument", "protected", "unprotected"), PROTECTION)
def test_resources_with_data_are_protected_if_the_environment_is(
    kind: str, argument: str, protected: object, unprotected: object
) -> None:
    for flag, value in ((True, protected), (False, unprotected)):
        resources: dict[str, Args] = platform(protected=flag).resources(kind)
        assert [args.get(argument) for args in resources.values()] == [value] * len(resources)


def test_an_environment_is_protected_by_default() -> None:
    assert platform() == platform(protected=True)


def test_the_contract_has_a_version_and_every_field() -> None:
    parameter = platform().only("aws_ssm_parameter")
    document = json.loads(parameter["insecure_value"])
    assert parameter["name"] == "/airflow-test/platform"
    assert document.keys() == {"version", *PlatformContract.__dataclass_fields__}
    assert document["version"] == 1


@pytest.mark.parametrize(("nat", "said"), [("none", "ENABLED"), ("one", "DISABLED")])
def test_the_contract_has_the_subnets_of_projects_tasks(nat: str, said: str) -> None:
    document = json.loads(platform(network={"vpc": {"nat": nat}}).only("aws_ssm_parameter")["insecure_value"])
    kind = "public" if said == "ENABLED" else "private"
    assert document["assign_public_ip"] == said
    assert document["task_subnet_ids"] == [f"${{aws_subnet.network_{kind}__{letter}.id}}" for letter in "ab"]
    assert document["private_subnet_ids"] == [f"${{aws_subnet.network_private__{letter}.id}}" for letter in "ab"]


def test_outputs_have_the_url_and_what_an_operator_needs() -> None:
    assert {"url", "admin_password_secret", "repository", "contract"} <= platform().document["output"].keys()
