import pytest

from tests.synthesised import Synthesised
from tests.variants import infrastructure

FAMILY = {"instance": "aws_db_parameter_group", "serverless": "aws_rds_cluster_parameter_group"}


def serverless(**settings: object) -> Synthesised:
    return infrastructure(target={"kind": "serverless", "serverless": settings})


def instance(**settings: object) -> Synthesised:
    return infrastructure(target={"kind": "instance", "instance": settings})


def test_the_target_is_serverless_by_default() -> None:
    assert infrastructure().has("aws_rds_cluster")
    assert not infrastructure().has("aws_db_instance")


def test_an_instance_has_the_configured_class_and_storage() -> None:
    stack = instance(instance_class="db.m7g.large", multi_az=False, storage_gb=50)
    database = stack.only("aws_db_instance")
    assert (database["instance_class"], database["multi_az"], database["allocated_storage"]) == (
        "db.m7g.large",
        False,
        50,
    )
    assert not stack.has("aws_rds_cluster")


def test_an_idle_serverless_target_pauses() -> None:
    scaling = serverless(pause_after_minutes=7).only("aws_rds_cluster")["serverlessv2_scaling_configuration"]
    assert scaling == {"min_capacity": 0, "max_capacity": 4, "seconds_until_auto_pause": 420}


def test_a_serverless_target_with_a_minimum_capacity_does_not_pause() -> None:
    scaling = serverless(min_capacity=0.5, max_capacity=2).only("aws_rds_cluster")["serverlessv2_scaling_configuration"]
    assert scaling == {"min_capacity": 0.5, "max_capacity": 2}


@pytest.mark.parametrize(
    ("kind", "version", "family"),
    [
        ("instance", "16", "postgres16"),
        ("instance", "17.2", "postgres17"),
        ("serverless", "16.4", "aurora-postgresql16"),
        ("serverless", "17", "aurora-postgresql17"),
    ],
)
def test_the_parameter_group_is_for_the_major_version(kind: str, version: str, family: str) -> None:
    stack = infrastructure(target={"kind": kind, kind: {"engine_version": version}})
    assert stack.only(FAMILY[kind])["family"] == family


@pytest.mark.parametrize(("kind", "resource"), [("instance", "aws_db_instance"), ("serverless", "aws_rds_cluster")])
def test_the_target_is_protected_if_the_project_is(kind: str, resource: str) -> None:
    protected = infrastructure(target={"kind": kind}).only(resource)
    assert (protected["deletion_protection"], protected["skip_final_snapshot"]) == (True, False)
    assert protected["final_snapshot_identifier"] == "airflow-test-weather-target-final"
    free = infrastructure(protected=False, target={"kind": kind}).only(resource)
    assert (free["deletion_protection"], free["skip_final_snapshot"]) == (False, True)
    assert "final_snapshot_identifier" not in free


@pytest.mark.parametrize(("kind", "resource"), [("instance", "aws_db_instance"), ("serverless", "aws_rds_cluster")])
def test_the_target_has_the_stored_password(kind: str, resource: str) -> None:
    args = infrastructure(target={"kind": kind}).only(resource)
    stored = "${ephemeral.aws_secretsmanager_secret_version.target_stored_password.secret_string}"
    assert stored in (args.get("password_wo"), args.get("master_password_wo"))


@pytest.mark.parametrize(("kind", "argument"), [("instance", "db_name"), ("serverless", "database_name")])
def test_hyphens_of_a_project_become_underscores_in_the_database_name(kind: str, argument: str) -> None:
    resource = {"instance": "aws_db_instance", "serverless": "aws_rds_cluster"}[kind]
    assert infrastructure("ocean-weather", target={"kind": kind}).only(resource)[argument] == "ocean_weather"
