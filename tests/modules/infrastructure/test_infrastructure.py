import json

import pytest

from modules.contract import InfrastructureContract
from tests.variants import infrastructure, workflows

PLATFORM = "jsondecode(data.aws_ssm_parameter.platform.insecure_value)"
TARGET = "${aws_security_group.target_firewall.id}"


def test_only_the_projects_tasks_can_connect_to_the_target() -> None:
    rules = infrastructure().resources("aws_vpc_security_group_ingress_rule")
    assert rules.keys() == {"target_firewall_from_tasks_5432", "target_firewall_from_shared_tasks_5432"}
    assert {rule["security_group_id"] for rule in rules.values()} == {TARGET}
    assert rules["target_firewall_from_tasks_5432"]["referenced_security_group_id"] == "${aws_security_group.tasks.id}"


def test_tasks_in_shared_containers_can_connect_to_the_target_only_with_local_or_celery() -> None:
    rule = infrastructure().resources("aws_vpc_security_group_ingress_rule")["target_firewall_from_shared_tasks_5432"]
    executor = f'"${{{PLATFORM}.executor}}"'
    shared = f'strcontains({executor}, "LocalExecutor") || strcontains({executor}, "CeleryExecutor")'
    assert rule["count"] == f"${{{shared} ? 1 : 0}}"
    assert rule["referenced_security_group_id"] == f"${{{PLATFORM}.task_security_group_id}}"


def test_the_target_is_in_the_platforms_private_subnets() -> None:
    assert infrastructure().only("aws_db_subnet_group")["subnet_ids"] == f"${{{PLATFORM}.private_subnet_ids}}"


@pytest.mark.parametrize(("days", "expiration"), [(None, None), (90, [{"days": 90}])])
def test_work_files_expire_only_if_days_are_configured(days: int | None, expiration: object) -> None:
    stack = infrastructure(files={"expire_days": days, "noncurrent_days": 5})
    (rule,) = stack.only("aws_s3_bucket_lifecycle_configuration")["rule"]
    assert rule.get("expiration") == expiration
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 5}]


@pytest.mark.parametrize("protected", [True, False])
def test_bucket_and_password_are_protected_if_the_project_is(protected: bool) -> None:
    stack = infrastructure(protected=protected)
    assert stack.only("aws_s3_bucket")["force_destroy"] is not protected
    assert stack.only("aws_secretsmanager_secret")["recovery_window_in_days"] == (30 if protected else 0)


def test_it_publishes_every_field_of_its_contract() -> None:
    parameter = infrastructure().only("aws_ssm_parameter")
    assert parameter["name"] == "/airflow-test/infrastructure/weather"
    document = json.loads(parameter["insecure_value"])
    assert document.keys() == {"version", *InfrastructureContract.__dataclass_fields__}
    assert document["target_password_secret"].startswith("${aws_secretsmanager_secret_version.target_password_value.")


def test_airflow_cannot_look_up_the_targets_password() -> None:
    name = infrastructure().only("aws_secretsmanager_secret")["name"]
    assert name == "airflow-test/infrastructure/weather/target-password"
    policy = workflows().only("aws_iam_role_policy")["policy"]
    assert "airflow-test/infrastructure" not in policy
