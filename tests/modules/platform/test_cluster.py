import pytest

from tests.synthesised import statements_of
from tests.variants import platform


@pytest.mark.parametrize("days", [1, 365])
def test_container_logs_are_kept_for_the_configured_days(days: int) -> None:
    groups = platform(logs={"component_days": days}).resources("aws_cloudwatch_log_group").values()
    kept = {group["name"]: group["retention_in_days"] for group in groups if "/rds/" not in group["name"]}
    parts = ("api-server", "scheduler", "dag-processor", "triggerer", "tasks")
    insights = "/aws/ecs/containerinsights/airflow-test/performance"
    assert kept == dict.fromkeys([*(f"/airflow-test/{part}" for part in parts), insights], days)


def test_log_groups_of_aws_services_are_created_before_the_service_creates_them() -> None:
    stack = platform()
    groups = stack.resources("aws_cloudwatch_log_group")
    assert groups["database_postgresql_logs"]["name"] == "/aws/rds/instance/airflow-test-database/postgresql"
    assert stack.only("aws_db_instance")["depends_on"] == [
        "aws_cloudwatch_log_group.database_postgresql_logs",
        "aws_cloudwatch_log_group.database_upgrade_logs",
    ]
    assert stack.only("aws_ecs_cluster")["depends_on"] == ["aws_cloudwatch_log_group.cluster_insights"]


def test_task_logs_are_kept_for_the_configured_days() -> None:
    lifecycle = platform(logs={"task_days": 7}).resources("aws_s3_bucket_lifecycle_configuration")["logs_lifecycle"]
    assert lifecycle["rule"][0]["expiration"] == [{"days": 7}]


def test_the_default_capacity_is_on_demand() -> None:
    capacity = platform().only("aws_ecs_cluster_capacity_providers")
    assert capacity["capacity_providers"] == ["FARGATE", "FARGATE_SPOT"]
    assert capacity["default_capacity_provider_strategy"] == [{"capacity_provider": "FARGATE", "weight": 1}]


def test_each_component_can_write_only_to_its_log_group() -> None:
    policies = platform().resources("aws_iam_role_policy")
    for part in ("api_server", "scheduler", "dag_processor", "triggerer"):
        statement = statements_of(policies[f"{part}_execution_permissions"]["policy"])["WriteContainerLogs"]
        assert statement["Resource"] == [f"${{aws_cloudwatch_log_group.{part}_logs.arn}}:log-stream:*"]
