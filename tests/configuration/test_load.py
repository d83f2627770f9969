"""Validation of environments and projects against their names and against each other."""

from pathlib import Path

import pytest

from configuration.environment import backends
from configuration.load import load
from tests.configuration.files import PLATFORM, PROJECT, load_refusals, moved, write

RULE = "lower-case letters, digits and single hyphens, beginning with a letter; rename it"
OTHER_ACCOUNT = "333333333333"


@pytest.mark.parametrize("name", ["Dev", "my_env", "1dev", "a--b", "-a", "a-", "dév", "a.b", "a b"])
def test_illegal_names_are_refused(tmp_path: Path, name: str) -> None:
    files = {f"{name}/platform.tfvars": PLATFORM, f"{name}/projects/{name}.tfvars": PROJECT}
    assert load_refusals(tmp_path, files) == [
        f"{name}: {name!r} is not a valid name for an environment: {RULE}",
        f"{name}/projects/{name}.tfvars: {name!r} is not a valid name for a project: {RULE}",
    ]


@pytest.mark.parametrize(
    "name", ["backend", "platform", "infrastructure", "workflows", "projects", "connections", "state"]
)
def test_reserved_names_are_refused(tmp_path: Path, name: str) -> None:
    files = {f"{name}/platform.tfvars": PLATFORM, f"{name}/projects/{name}.tfvars": PROJECT}
    assert load_refusals(tmp_path, files) == [
        f"{name}: '{name}' is reserved and cannot name an environment; rename it",
        f"{name}/projects/{name}.tfvars: '{name}' is reserved and cannot name a project; rename it",
    ]


@pytest.mark.parametrize(
    ("environment", "refused"),
    [
        ("a" * 18, []),
        ("a" * 19, ["load balancer"]),
        ("a" * 21, ["load balancer", "target group"]),
        ("a" * 33, ["ElastiCache replication group", "IAM role", "load balancer", "target group"]),
        (
            "a" * 56,
            [
                "ElastiCache replication group",
                "IAM role",
                "bucket",
                "bucket",
                "database",
                "load balancer",
                "target group",
            ],
        ),
    ],
)
def test_an_environment_name_that_makes_names_too_long_for_aws_is_refused(
    tmp_path: Path, environment: str, refused: list[str]
) -> None:
    files = {f"{environment}/platform.tfvars": PLATFORM}
    if not refused:
        write(tmp_path, files)
        assert list(load(tmp_path)) == [environment]
        return
    said = load_refusals(tmp_path, files)
    assert sorted(line.split(": ")[1].split(" 'airflow")[0] for line in said) == refused
    assert all(line.startswith(f"{environment}/platform.tfvars: ") for line in said)
    assert all(
        "characters, AWS allows" in line and "shorten the environment or project name by" in line for line in said
    )


@pytest.mark.parametrize(
    ("project", "refused"),
    [("a" * 32, []), ("a" * 35, ["bucket"]), ("a" * 48, ["IAM role", "bucket", "database", "database"])],
)  # fmt: skip
def test_a_project_name_that_makes_names_too_long_for_aws_is_refused(
    tmp_path: Path, project: str, refused: list[str]
) -> None:
    files = {"dev/platform.tfvars": PLATFORM, f"dev/projects/{project}.tfvars": PROJECT}
    if not refused:
        write(tmp_path, files)
        assert list(load(tmp_path)["dev"].projects) == [project]
        return
    said = load_refusals(tmp_path, files)
    assert sorted(line.split(": ")[1].split(" 'airflow")[0] for line in said) == refused
    assert all(line.startswith(f"dev/projects/{project}.tfvars: ") for line in said)


def test_overlapping_vpcs_in_an_account_and_region_are_refused(tmp_path: Path) -> None:
    said = load_refusals(tmp_path, {"a/platform.tfvars": PLATFORM, "b/platform.tfvars": PLATFORM})
    message = "overlaps 10.20.0.0/16 of environment a, in the same account and region; choose another range"
    assert said == [f'b/platform.tfvars:7: network.vpc.cidr = "10.20.0.0/16": {message}']


@pytest.mark.parametrize(
    "other", [moved(PLATFORM, 30), moved(PLATFORM, 20, OTHER_ACCOUNT), PLATFORM.replace("us-east-1", "us-west-2")]
)
def test_vpcs_with_another_range_account_or_region_are_accepted(tmp_path: Path, other: str) -> None:
    write(tmp_path, {"a/platform.tfvars": PLATFORM, "b/platform.tfvars": other})
    assert list(load(tmp_path)) == ["a", "b"]


def clashing(account: str) -> dict[str, str]:
    return {
        "a/platform.tfvars": PLATFORM,
        "a/projects/b-c.tfvars": PROJECT,
        "a-b/platform.tfvars": moved(PLATFORM, 30, account),
        "a-b/projects/c.tfvars": PROJECT,
    }


@pytest.mark.parametrize("account", ["111111111111", OTHER_ACCOUNT])
def test_two_projects_with_the_same_stack_name_are_refused(tmp_path: Path, account: str) -> None:
    assert load_refusals(tmp_path, clashing(account)) == [
        f"a-b/projects/c.tfvars: stack a-b-c-{module} is also a stack of a / b-c; rename the project"
        for module in ("infrastructure", "workflows")
    ]


def test_a_project_and_an_environment_with_the_same_role_name_are_refused(tmp_path: Path) -> None:
    files = clashing("111111111111") | {"a/projects/b.tfvars": PROJECT}
    del files["a/projects/b-c.tfvars"]
    (tmp_path / "same").mkdir()
    message = "its AWS names begin with airflow-a-b, like the names of environment a-b in the same account; rename the project"
    assert load_refusals(tmp_path / "same", files) == [f"a/projects/b.tfvars: {message}"]
    write(tmp_path / "other", files | {"a-b/platform.tfvars": moved(PLATFORM, 30, OTHER_ACCOUNT)})
    assert list(load(tmp_path / "other")) == ["a", "a-b"]


def test_the_backend_has_the_values_of_an_environment_without_expiry(tmp_path: Path) -> None:
    passing = moved(PLATFORM, 64).replace("platform-team@", "me@") + 'expires = "2027-01-31"\n'
    write(tmp_path, {"branch-a/platform.tfvars": passing, "dev/platform.tfvars": PLATFORM})
    ((account, _),) = backends(load(tmp_path))
    assert account.owner == "platform-team@example.org"


def test_an_invalid_expiry_date_is_refused(tmp_path: Path) -> None:
    (line,) = load_refusals(tmp_path, {"dev/platform.tfvars": PLATFORM + 'expires = "tomorrow"\n'})
    assert 'expires = "tomorrow"' in line
    assert 'such as "2027-01-31"' in line
