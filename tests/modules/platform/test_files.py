import pytest

from tests.synthesised import statements_of
from tests.variants import platform


def test_the_file_system_is_mounted_in_every_private_subnet() -> None:
    stack = platform()
    mounted = {target["subnet_id"] for target in stack.resources("aws_efs_mount_target").values()}
    assert mounted == {f"${{aws_subnet.network_private__{letter}.id}}" for letter in "ab"}


def test_the_access_point_is_a_folder_of_the_airflow_user() -> None:
    point = platform().only("aws_efs_access_point")
    assert point["posix_user"] == {"gid": 0, "uid": 50000}
    assert point["root_directory"]["path"] == "/projects"


def test_roles_can_mount_it_only_through_the_access_point_and_only_admin_dags_can_write() -> None:
    policies = {id: one["policy"] for id, one in platform().resources("aws_iam_role_policy").items()}
    writing = [id for id, policy in policies.items() if "elasticfilesystem:ClientWrite" in policy]
    assert writing == ["admin_task_role_permissions"]
    mounts = [statements_of(policy)["MountFiles"] for policy in policies.values() if '"MountFiles"' in policy]
    assert len(mounts) == 5
    for mount in mounts:
        assert mount["Action"] == ["elasticfilesystem:ClientMount"]
        assert "elasticfilesystem:AccessPointArn" in mount["Condition"]["StringEquals"]


@pytest.mark.parametrize(
    ("executor", "without"),
    [
        ("ecs", {"scheduler"}),
        ("local", set()),
        ("celery", {"scheduler", "flower"}),
        ("celery,ecs", {"scheduler", "flower"}),
    ],
)
def test_only_components_that_read_dag_files_mount_it_after_its_mount_targets(executor: str, without: set[str]) -> None:
    stack = platform(airflow={"executor": executor})
    parts = stack.resources("aws_ecs_service")
    assert without < parts.keys()
    tasks = stack.resources("aws_ecs_task_definition")
    rules = stack.resources("aws_vpc_security_group_ingress_rule")
    for part, service in parts.items():
        mounts = part not in without
        assert ("aws_efs_mount_target.files_mount__a" in service["depends_on"]) is mounts, part
        assert ("volume" in tasks[f"{part}_task"]) is mounts, part
        containers = stack.containers[f"{part}_task"].values()
        assert {bool(one["mountPoints"]) for one in containers} == {mounts}, part
        assert (
            "MountFiles" in stack.resources("aws_iam_role_policy")[f"{part}_role_permissions"]["policy"]
        ) is mounts, part
        assert (f"files_firewall_from_{part}_2049" in rules) is mounts, part
