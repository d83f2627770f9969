"""DAG bundles that Airflow fetches itself: the setting, and the permissions to fetch them."""

import json
from typing import Any

import pytest

from tests.policies.simulator import Question, Request, answers
from tests.synthesised import Synthesised, environment_of
from tests.variants import platform

SETTING = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
GIT = {"git": {"url": "https://github.com/example/sales.git"}}
PRIVATE = {"git": {"url": "https://github.com/example/hr.git", "private": True}}
S3 = {"s3": {"bucket": "example-dags", "prefix": "ops/", "refresh_seconds": 300}}
BUNDLES = {"sales": GIT, "hr": PRIVATE, "ops": S3}
BUCKET = "arn:aws:s3:::example-dags"
CONNECTION = "arn:aws:secretsmanager:us-east-1:111111111111:secret:airflow-test/connections/{}-a1B2c3"


def roles_of(executor: str, *roles: str) -> list[list[Any]]:
    """Return the policies of these roles, each as a list, on a platform with bundles."""
    resources = platform(bundles=BUNDLES, airflow={"executor": executor}).resources("aws_iam_role_policy")
    return [[json.loads(resources[f"{role}_role_permissions"]["policy"])] for role in roles]


def allowed(role: list[Any], action: str, resource: str, **context: str) -> bool:
    asked = Request(action, resource, "111111111111", {key.replace("__", ":"): text for key, text in context.items()})
    return answers([Question(role, asked)]) == [True]


def test_every_container_that_runs_airflow_has_all_bundles_in_order() -> None:
    stack: Synthesised = platform(bundles=BUNDLES)
    told = [environment_of(one)[SETTING] for task in stack.containers.values() for one in task.values()]
    assert len(told) >= 9
    assert len(set(told)) == 1
    assert [one["name"] for one in json.loads(told[0])] == ["platform", "projects", "sales", "hr", "ops"]
    assert json.loads(stack.only("aws_ssm_parameter")["insecure_value"])["dag_bundles"] == told[0]


def test_bundles_are_configured_in_airflows_format() -> None:
    container = platform(bundles=BUNDLES).containers["dag_processor_task"]["dag-processor"]
    *_, sales, _, ops = json.loads(environment_of(container)[SETTING])
    assert sales == {
        "name": "sales",
        "classpath": "airflow.providers.git.bundles.git.GitDagBundle",
        "kwargs": {
            "repo_url": "https://github.com/example/sales.git",
            "tracking_ref": "main",
            "subdir": "dags",
            "git_conn_id": "sales_git",
            "refresh_interval": 60,
        },
    }
    assert ops == {
        "name": "ops",
        "classpath": "airflow.providers.amazon.aws.bundles.s3.S3DagBundle",
        "kwargs": {"bucket_name": "example-dags", "prefix": "ops/", "aws_conn_id": None, "refresh_interval": 300},
    }


@pytest.mark.parametrize(
    ("executor", "role"),
    [("ecs", "dag_processor"), ("local", "scheduler"), ("celery", "worker"), ("celery,ecs", "worker")],
)
def test_roles_that_parse_or_run_dags_can_read_only_the_prefix_of_the_s3_bundle(executor: str, role: str) -> None:
    (policies,) = roles_of(executor, role)
    # HeadBucket is a ListBucket without a prefix.
    assert allowed(policies, "s3:ListBucket", BUCKET)
    assert allowed(policies, "s3:ListBucket", BUCKET, s3__prefix="ops/")
    assert allowed(policies, "s3:GetObject", f"{BUCKET}/ops/dags/a.py")
    assert not allowed(policies, "s3:GetObject", f"{BUCKET}/other/a.py")
    assert not allowed(policies, "s3:PutObject", f"{BUCKET}/ops/dags/a.py")


@pytest.mark.parametrize("role", ["api_server", "scheduler", "triggerer", "task", "admin_task"])
def test_other_roles_cannot_read_the_s3_bundle(role: str) -> None:
    (policies,) = roles_of("ecs", role)
    assert not allowed(policies, "s3:GetObject", f"{BUCKET}/ops/dags/a.py")


def test_the_dag_processor_can_read_only_the_connection_of_the_private_repository() -> None:
    (policies,) = roles_of("ecs", "dag_processor")
    read = "secretsmanager:GetSecretValue"
    assert allowed(policies, read, CONNECTION.format("hr_git"))
    for other in ("sales_git", "hr_git-2", "hr_target", "other_git"):
        assert not allowed(policies, read, CONNECTION.format(other)), other
