from tests.synthesised import statements_of
from tests.variants import platform


def test_the_file_system_is_mounted_in_every_private_subnet() -> None:
    stack = platform()
    mounted = {target["subnet_id"] for target in stack.resources("aws_efs_mount_target").values()}
    assert mounted == {f"${{aws_subnet.network_private_{letter}.id}}" for letter in "ab"}


def test_projects_are_airflows_own_folder() -> None:
    point = platform().only("aws_efs_access_point")
    assert point["posix_user"] == {"gid": 0, "uid": 50000}
    assert point["root_directory"]["path"] == "/projects"


def test_what_mounts_it_may_read_through_the_access_point_and_only_admin_dags_write() -> None:
    for id, policy in platform().resources("aws_iam_role_policy").items():
        mount = statements_of(policy["policy"]).get("MountFiles")
        assert ("elasticfilesystem:ClientWrite" in policy["policy"]) is (id == "admin_task_role_policy"), id
        if mount:
            assert mount["Action"] == ["elasticfilesystem:ClientMount"]
            assert "elasticfilesystem:AccessPointArn" in mount["Condition"]["StringEquals"]


def test_services_wait_until_it_can_be_mounted() -> None:
    for service in platform().resources("aws_ecs_service").values():
        assert "aws_efs_mount_target.files_mount_target_0" in service["depends_on"]
