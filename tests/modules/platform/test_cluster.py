import pytest

from tests.synthesised import statements_of
from tests.variants import platform


@pytest.mark.parametrize("days", [1, 365])
def test_what_is_printed_is_kept_as_long_as_configured(days: int) -> None:
    groups = platform(logs={"component_days": days}).resources("aws_cloudwatch_log_group").values()
    assert {group["name"] for group in groups} == {
        f"/airflow-test/{part}" for part in ("api-server", "scheduler", "dag-processor", "triggerer", "tasks")
    }
    assert {group["retention_in_days"] for group in groups} == {days}


def test_what_tasks_log_is_kept_as_long_as_configured() -> None:
    lifecycle = platform(logs={"task_days": 7}).resources("aws_s3_bucket_lifecycle_configuration")["logs_lifecycle"]
    assert lifecycle["rule"][0]["expiration"] == [{"days": 7}]


def test_on_demand_unless_a_service_says_spot() -> None:
    capacity = platform().only("aws_ecs_cluster_capacity_providers")
    assert capacity["capacity_providers"] == ["FARGATE", "FARGATE_SPOT"]
    assert capacity["default_capacity_provider_strategy"] == [{"capacity_provider": "FARGATE", "weight": 1}]


def test_each_component_writes_to_its_own_log_group() -> None:
    policies = platform().resources("aws_iam_role_policy")
    for part in ("api_server", "scheduler", "dag_processor", "triggerer"):
        statement = statements_of(policies[f"{part}_execution_policy"]["policy"])["WriteContainerLogs"]
        assert statement["Resource"] == [f"${{aws_cloudwatch_log_group.{part}_logs.arn}}:log-stream:*"]
