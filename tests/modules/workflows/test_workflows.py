import importlib
import json
from typing import Any

import pytest

from modules.contract import RegistryEntry
from tests.checkout import ROOT
from tests.synthesised import Args, environment_of, statements_of
from tests.variants import workflows

INFRASTRUCTURE = "jsondecode(data.aws_ssm_parameter.infrastructure.insecure_value)"


def text_of(kind: str, name: str, **changes: Any) -> str:
    version: Args = workflows(**changes).resources("aws_secretsmanager_secret_version")[f"{kind}_value__{name}"]
    return str(version["secret_string_wo"])


def test_connections_and_variables_are_secrets_below_the_environments_prefix() -> None:
    names = {
        one["name"] for one in workflows(variables={"station": "KSTL"}).resources("aws_secretsmanager_secret").values()
    }
    assert names == {
        "airflow-test/connections/weather_files",
        "airflow-test/connections/weather_target",
        "airflow-test/variables/weather_station",
    }


def test_the_connection_to_the_work_files_has_the_bucket_and_no_password() -> None:
    connection = json.loads(text_of("connections", "files"))
    assert connection["conn_type"] == "aws"
    assert connection["extra"]["region_name"] == "us-east-1"
    assert connection["extra"]["service_config"] == {"s3": {"bucket_name": f"${{{INFRASTRUCTURE}.bucket}}"}}
    assert not {"login", "password"} & connection.keys()


def test_the_connection_to_the_target_has_the_stored_password_and_requires_tls() -> None:
    connection = json.loads(text_of("connections", "target"))
    assert (connection["conn_type"], connection["port"]) == ("postgres", 5432)
    assert connection["host"] == f"${{{INFRASTRUCTURE}.target_host}}"
    stored = "${ephemeral.aws_secretsmanager_secret_version.target_password.secret_string}"
    assert connection["password"] == stored
    assert connection["extra"] == {"sslmode": "require"}


@pytest.mark.parametrize("value", ["KSTL", "", 'ä "quoted"\n', "$${x} %%{y}"])
def test_a_variable_is_written_unchanged(value: str) -> None:
    assert text_of("variables", "station", variables={"station": value}) == value


def test_a_changed_variable_is_written_again() -> None:
    def version(value: str) -> int:
        stack = workflows(variables={"station": value})
        return int(
            stack.resources("aws_secretsmanager_secret_version")["variables_value__station"]["secret_string_wo_version"]
        )

    assert version("KSTL") != version("KORD")


def test_a_projects_tasks_can_access_only_the_projects_files_logs_and_secrets() -> None:
    statements = statements_of(workflows().only("aws_iam_role_policy")["policy"])
    bucket, logs = f"arn:aws:s3:::${{{INFRASTRUCTURE}.bucket}}", ".log_bucket}/dag_id=weather__*"
    assert statements["ReadFiles"]["Resource"] == statements["WriteFiles"]["Resource"] == [f"{bucket}/*"]
    assert all(one.endswith(logs) for sid in ("ReadLogs", "WriteLogs") for one in statements[sid]["Resource"])
    assert statements["ListLogs"]["Condition"] == {"StringLike": {"s3:prefix": "dag_id=weather__*"}}
    assert statements["ReadSecrets"]["Resource"] == [
        f"arn:aws:secretsmanager:us-east-1:111111111111:secret:airflow-test/{kind}/weather_*"
        for kind in ("connections", "variables")
    ]


def test_a_project_cannot_read_the_secrets_of_a_project_with_a_longer_name() -> None:
    patterns = statements_of(workflows("weather").only("aws_iam_role_policy")["policy"])["ReadSecrets"]["Resource"]
    prefixes = tuple(pattern.split(":secret:")[1].removesuffix("*") for pattern in patterns)

    def readable(project: str) -> list[bool]:
        secrets = workflows(project).resources("aws_secretsmanager_secret").values()
        return [one["name"].startswith(prefixes) for one in secrets]

    assert (readable("weather"), readable("weather-2")) == ([True, True], [False, False])


def test_the_registry_entry_has_the_repository_and_the_task() -> None:
    stack = workflows(repository={"branch": "release"}, task={"spot": True})
    parameter = stack.only("aws_ssm_parameter")
    assert parameter["name"] == "/airflow-test/projects/weather"
    entry = json.loads(parameter["insecure_value"])
    assert entry["repository"] == {
        "url": "https://github.com/example/weather.git",
        "branch": "release",
        "dags": "dags",
        "deploy_key": None,
        "host_keys": [],
    }
    assert (entry["project"], entry["dag_id_prefix"], entry["log_prefix"]) == (
        "weather",
        "weather__",
        "dag_id=weather__",
    )
    run = entry["executor_config"]
    assert run["taskDefinition"] == stack.only("aws_ecs_task_definition")["family"] == "airflow-test-weather-task"
    assert len(run["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]) == 2
    assert run["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    assert entry.keys() == {"version", *RegistryEntry.__dataclass_fields__}


def test_airflow_reads_the_registry_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "airflow/lib"))
    registry = importlib.import_module("airflow_on_aws.delivery.registry")
    assert RegistryEntry.version() == registry.VERSION
    config = {"url": "git@github.com:example/weather.git", "branch": "release", "deploy_key": True}
    parameters = workflows(repository=config).resources("aws_ssm_parameter")
    entry = parameters["registry_entry"]
    project = registry.Project.from_entry(entry["name"], entry["insecure_value"])
    assert (project.name, project.url, project.branch, project.dags) == ("weather", config["url"], "release", "dags")
    assert project.deploy_key == "airflow-test/deploy-keys/weather"
    assert project.executor_config == json.loads(entry["insecure_value"])["executor_config"]


def test_a_projects_task_runs_the_platforms_image_with_the_projects_role() -> None:
    task = workflows(task={"cpu": 1024, "memory": 4096}).only("aws_ecs_task_definition")
    container = workflows().containers["task"]["airflow-task"]
    assert (task["cpu"], task["memory"]) == ("1024", "4096")
    assert task["task_role_arn"] == "${aws_iam_role.task_role.arn}"
    assert container["image"] == "${jsondecode(data.aws_ssm_parameter.platform.insecure_value).image}"
    assert environment_of(container)["AIRFLOW__CORE__EXECUTOR"].endswith(".executor}")


def test_the_scheduler_can_pass_the_projects_role() -> None:
    role = workflows().only("aws_iam_role")
    assert role["path"] == "/airflow-test/"
    assert role["name"].endswith("-task")


def test_a_workflow_on_github_can_read_only_the_webhooks_secret() -> None:
    stack = workflows(repository={"github_actions": True, "branch": "release"})
    role = stack.resources("aws_iam_role")["ci"]
    (trust,) = statements_of(role["assume_role_policy"]).values()
    assert trust["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:example/weather:ref:refs/heads/release",
        }
    }
    (may,) = statements_of(stack.resources("aws_iam_role_policy")["ci_permissions"]["policy"]).values()
    assert may["Action"] == ["secretsmanager:GetSecretValue"]
    assert may["Resource"] == [
        "arn:aws:secretsmanager:us-east-1:111111111111:secret:airflow-test/webhook-secret-??????"
    ]


def test_the_scheduler_cannot_pass_the_role_of_the_workflow_on_github() -> None:
    stack = workflows(repository={"github_actions": True})
    assert not stack.resources("aws_iam_role")["ci"]["name"].endswith("-task")


def test_without_a_workflow_on_github_its_role_does_not_exist() -> None:
    assert list(workflows().resources("aws_iam_role")) == ["task_role"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/example/weather.git", "example/weather"),
        ("https://github.com/example/weather", "example/weather"),
        ("ssh://git@github.com/example/we.at_her.git", "example/we.at_her"),
        ("git@github.com:example/weather.git", "example/weather"),
    ],
)
def test_the_repository_on_github_is_taken_from_the_url(url: str, name: str) -> None:
    role = workflows(repository={"github_actions": True, "url": url}).resources("aws_iam_role")["ci"]
    assert f"repo:{name}:ref:refs/heads/main" in role["assume_role_policy"]


@pytest.mark.parametrize(
    "url", ["https://gitlab.com/example/weather.git", "https://github.com.evil.org/a/b", "https://github.com/a/b/c"]
)
def test_a_role_for_a_repository_that_is_not_on_github_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"the URL is not on github\.com; delete one"):
        workflows(repository={"github_actions": True, "url": url})


def test_a_deploy_key_is_a_secret_without_a_value() -> None:
    repository = {"url": "git@github.com:example/weather.git", "deploy_key": True, "host_keys": []}
    stack = workflows(repository=repository)
    name = "airflow-test/deploy-keys/weather"
    assert stack.resources("aws_secretsmanager_secret")["deploy_key"]["name"] == name
    filled = {one["secret_id"] for one in stack.resources("aws_secretsmanager_secret_version").values()}
    assert "${aws_secretsmanager_secret.deploy_key.id}" not in filled
    assert json.loads(stack.only("aws_ssm_parameter")["insecure_value"])["repository"]["deploy_key"] == name
