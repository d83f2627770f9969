import json
from typing import Any

import pytest
from pydantic import ValidationError

from tests.synthesised import Synthesised, environment_of, secrets_of, statements_of
from tests.variants import platform, platform_config

BROKER = ("AIRFLOW__CELERY__BROKER_URL", "AIRFLOW__CELERY__RESULT_BACKEND")
CLIENTS = {"scheduler_task": "scheduler", "worker_task": "worker", "flower_task": "flower"}


def with_celery(executor: str = "celery", **celery: Any) -> Synthesised:
    return platform(airflow={"executor": executor}, celery=celery)


def worker(stack: Synthesised) -> dict[str, Any]:
    return stack.resources("aws_ecs_service")["worker"]


def statements(stack: Synthesised, role: str) -> dict[str, Any]:
    return statements_of(stack.resources("aws_iam_role_policy")[f"{role}_role_permissions"]["policy"])


def test_clients_connect_to_elasticache_with_tls_and_iam() -> None:
    stack = with_celery()
    cache = stack.only("aws_elasticache_replication_group")
    assert (cache["transit_encryption_enabled"], cache["at_rest_encryption_enabled"]) == (True, "true")
    assert stack.only("aws_elasticache_user")["authentication_mode"] == {"type": "iam"}
    assert stack.only("aws_elasticache_user")["user_id"] == stack.only("aws_elasticache_user")["user_name"]
    for task, name in CLIENTS.items():
        environment = environment_of(stack.containers[task][name])
        assert {environment[key] for key in BROKER} == {
            "rediss://${aws_elasticache_replication_group.broker.primary_endpoint_address}:6379/0"
            "?ssl_cert_reqs=required&credential_provider=airflow_on_aws.celery.elasticache.IamToken"
        }
        assert json.loads(environment["AIRFLOW_ON_AWS_BROKER"]) == {
            "cache": "airflow-test-broker",
            "user": "airflow-test-celery",
        }
        assert statements(stack, name)["ConnectToBroker"]["Action"] == ["elasticache:Connect"]
    services = {one["name"] for one in stack.resources("aws_ecs_service").values()}
    assert services == {"api-server", "scheduler", "dag-processor", "triggerer", "worker", "flower"}


@pytest.mark.parametrize(("nodes", "survives"), [(1, False), (2, True)])
def test_two_nodes_have_automatic_failover(nodes: int, survives: bool) -> None:
    cache = with_celery(nodes=nodes).only("aws_elasticache_replication_group")
    assert (cache["automatic_failover_enabled"], cache["multi_az_enabled"]) == (survives, survives)


def test_a_broker_in_a_container_has_its_own_files_and_only_its_clients_have_its_password() -> None:
    stack = with_celery(broker="container")
    assert not stack.has("aws_elasticache_replication_group")
    (container,) = stack.containers["broker_task"].values()
    assert secrets_of(container).keys() == {"BROKER_PASSWORD"}
    assert container["user"] == "999:1000"
    (mount,) = container["mountPoints"]
    assert (mount["containerPath"], mount["readOnly"]) == ("/data", False)
    (volume,) = stack.resources("aws_ecs_task_definition")["broker_task"]["volume"]
    point = volume["efs_volume_configuration"]["authorization_config"]["access_point_id"]
    assert point == "${aws_efs_access_point.files_broker.id}"
    service = stack.resources("aws_ecs_service")["broker"]
    assert (service["deployment_minimum_healthy_percent"], service["deployment_maximum_percent"]) == (0, 100)
    for task, name in CLIENTS.items():
        assert set(BROKER) <= secrets_of(stack.containers[task][name]).keys()
    with_password = {
        task
        for task, containers in stack.containers.items()
        for one in containers.values()
        if set(BROKER) & secrets_of(one).keys()
    }
    assert with_password == CLIENTS.keys()


def test_a_worker_has_neither_the_database_url_nor_the_key_for_tokens() -> None:
    (container,) = with_celery().containers["worker_task"].values()
    assert secrets_of(container).keys() == {"AIRFLOW__API__SECRET_KEY"}
    assert environment_of(container)["DUMB_INIT_SETSID"] == "0"


@pytest.mark.parametrize(
    ("workers", "provider", "compatibility"),
    [
        ({}, "FARGATE", "FARGATE"),
        ({"spot": True}, "FARGATE_SPOT", "FARGATE"),
        ({"instances": {}}, "${aws_ecs_capacity_provider.cluster_instances_capacity.name}", "EC2"),
    ],
)
def test_workers_run_on_the_configured_capacity(workers: Any, provider: str, compatibility: str) -> None:
    stack = with_celery(workers=workers)
    (strategy,) = worker(stack)["capacity_provider_strategy"]
    assert strategy["capacity_provider"] == provider
    task = stack.resources("aws_ecs_task_definition")["worker_task"]
    assert task["requires_compatibilities"] == [compatibility]
    offered = stack.only("aws_ecs_cluster_capacity_providers")["capacity_providers"]
    assert provider in offered
    assert len(offered) == (3 if "instances" in workers else 2)


def test_an_instance_joins_the_cluster_and_containers_cannot_use_its_role() -> None:
    stack = with_celery(workers={"instances": {"instance_type": "c7i.xlarge", "max_count": 3}})
    template = stack.only("aws_launch_template")
    assert template["instance_type"] == "c7i.xlarge"
    assert template["metadata_options"]["http_tokens"] == "required"
    assert template["metadata_options"]["http_put_response_hop_limit"] == 1
    assert "ECS_CLUSTER=${aws_ecs_cluster.cluster.name}" in template["user_data"]
    group = stack.only("aws_autoscaling_group")
    assert (group["min_size"], group["max_size"], group["protect_from_scale_in"]) == (0, 3, True)
    joined = statements(stack, "cluster_instances")["JoinCluster"]
    assert joined["Resource"] == ["${aws_ecs_cluster.cluster.arn}"]


def test_worker_scaling_runs_next_to_the_scheduler() -> None:
    stack = with_celery(workers={"concurrency": 4, "min_count": 1, "max_count": 3, "idle_seconds": 60})
    assert worker(stack)["desired_count"] == 1
    assert worker(stack)["lifecycle"]["ignore_changes"] == ["desired_count"]
    beside = stack.containers["scheduler_task"]["worker-scaling"]
    environment = environment_of(beside)
    assert json.loads(environment["AIRFLOW_ON_AWS_WORKER_SCALING"]) == {
        "cluster": "airflow-test",
        "service": "worker",
        "min": 1,
        "max": 3,
        "idle_seconds": 60,
    }
    assert environment["AIRFLOW__CELERY__WORKER_CONCURRENCY"] == "4"
    assert environment_of(stack.containers["worker_task"]["worker"])["AIRFLOW__CELERY__WORKER_CONCURRENCY"] == "4"
    assert secrets_of(beside).keys() == {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"}
    assert (beside["essential"], beside["restartPolicy"]) == (False, {"enabled": True})
    scale = statements(stack, "scheduler")["ScaleWorkers"]
    assert scale["Resource"] == ["arn:aws:ecs:us-east-1:111111111111:service/airflow-test/worker"]


def test_a_worker_can_protect_only_tasks_of_its_cluster() -> None:
    allowed = statements(with_celery(), "worker")
    assert allowed["ProtectWorkers"]["Resource"] == ["arn:aws:ecs:us-east-1:111111111111:task/airflow-test/*"]
    assert allowed["SeeDeployments"]["Resource"] == ["arn:aws:ecs:us-east-1:111111111111:service/airflow-test/worker"]


@pytest.mark.parametrize(("executor", "here"), [("celery", True), ("celery,ecs", False)])
def test_admin_dags_run_in_workers_only_without_the_ecs_executor(executor: str, here: bool) -> None:
    stack = with_celery(executor)
    (container,) = stack.containers["worker_task"].values()
    (mount,) = container["mountPoints"]
    assert mount["readOnly"] is not here
    assert ("ReadServiceAccount" in statements(stack, "worker")) is here


@pytest.mark.parametrize("shown", [True, False])
def test_only_the_api_server_can_connect_to_flower(shown: bool) -> None:
    stack = with_celery(flower=shown)
    environment = environment_of(stack.containers["api_server_task"]["api-server"])
    assert environment.get("AIRFLOW_ON_AWS_FLOWER") == ("http://flower.airflow-test.internal:5555" if shown else None)
    rules = stack.resources("aws_vpc_security_group_ingress_rule").values()
    to_flower = [rule for rule in rules if rule["security_group_id"] == "${aws_security_group.flower_firewall.id}"]
    assert [(rule["referenced_security_group_id"], rule["from_port"]) for rule in to_flower] == (
        [("${aws_security_group.api_server_firewall.id}", 5555)] if shown else []
    )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"celery": {"flower": False}}, 'celery is for the executor "celery" or "celery,ecs"'),
        (
            {
                "airflow": {"executor": "celery"},
                "celery": {"workers": {"instances": {}}},
                "network": {"vpc": {"nat": "none"}},
            },
            "celery.workers.instances need a way out",
        ),
        (
            {"airflow": {"executor": "celery"}, "celery": {"workers": {"instances": {}, "spot": True}}},
            "spot = true is Fargate Spot, instances are EC2",
        ),
        (
            {"airflow": {"executor": "celery"}, "celery": {"workers": {"min_count": 3, "max_count": 2}}},
            "max_count = 2 is below min_count = 3",
        ),
    ],
)
def test_contradicting_settings_are_refused(changes: Any, refusal: str) -> None:
    with pytest.raises(ValidationError, match=refusal):
        platform_config(**changes)
