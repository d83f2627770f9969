import pytest
from cdktf import App
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter

from modules.resource_group import ResourceGroup
from modules.stack import Stack
from modules.stack_id import StackId
from tests.synthesised import Synthesised, synthesise
from tests.variants import platform, platform_config, workflows


@pytest.mark.parametrize(
    ("id", "name", "key", "prefix"),
    [
        (StackId("dev", "platform"), "dev-platform", "dev/platform.tfstate", "airflow-dev"),
        (StackId("dev", "workflows", "a-b"), "dev-a-b-workflows", "dev/a-b/workflows.tfstate", "airflow-dev-a-b"),
    ],
)
def test_names_and_keys_come_from_environment_project_and_module(id: StackId, name: str, key: str, prefix: str) -> None:
    assert (id.name, id.state_key, id.prefix) == (name, key, prefix)


def test_the_state_is_in_the_accounts_bucket() -> None:
    assert platform().state == {
        "bucket": "airflow-state-111111111111-us-east-1",
        "key": "test/platform.tfstate",
        "region": "us-east-1",
        "encrypt": True,
        "dynamodb_table": "airflow-state-lock",
        "use_lockfile": True,
        "allowed_account_ids": ["111111111111"],
    }


def test_a_project_has_its_own_owner() -> None:
    assert platform().tags["Owner"] == "platform-team@example.org"
    assert workflows().tags["Owner"] == "weather-team@example.org"
    assert workflows().tags["Project"] == "weather"


def test_an_environment_adds_tags_but_cannot_change_the_required_ones() -> None:
    tags = platform(tags={"CostCenter": "4711", "Module": "x", "ManagedBy": "hand"}).tags
    assert (tags["CostCenter"], tags["Module"], tags["ManagedBy"]) == ("4711", "platform", "cdktf")


@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_the_region_decides_the_partition(region: str, partition: str) -> None:
    zones = [f"{region}a", f"{region}b"]
    assert platform_config(region=region, network={"vpc": {"zones": zones}}).partition == partition


@pytest.mark.parametrize(("local", "style"), [(True, True), (False, None)])
def test_only_the_emulator_has_path_style_addresses(local: bool, style: bool | None) -> None:
    stack = platform(local_aws=local)
    assert stack.provider.get("s3_use_path_style") == stack.state.get("use_path_style") == style


def test_logical_ids_are_paths() -> None:
    for _, id, args in platform().every_resource():
        assert args["//"]["metadata"]["path"].split("/", 1)[1].replace("/", "_").replace("-", "_") == id


def parameters(*places: tuple[str, str]) -> Synthesised:
    """Return a stack with one parameter at each (part, id)."""

    def build(app: App) -> None:
        stack = Stack(app, StackId("test", "platform"), platform_config())
        for part, id in places:
            SsmParameter(*ResourceGroup(stack, part).at(id), name="/a", type="String")

    return synthesise(build)["test-platform"]


def test_a_logical_id_is_the_part_and_the_id() -> None:
    assert parameters(("a-x", "b_c"), ("a", "d")).resources("aws_ssm_parameter").keys() == {"a_x_b_c", "a_d"}


def test_two_resources_with_the_same_address_are_refused() -> None:
    with pytest.raises(Exception, match="already a Construct with name 'a_b_c'"):
        parameters(("a", "b_c"), ("a_b", "c"))


def test_the_expiry_date_of_an_environment_is_a_tag_and_an_output() -> None:
    stack = platform(expires="2027-01-31")
    assert stack.tags["Expires"] == "2027-01-31"
    assert stack.document["output"]["expires"]["value"] == "2027-01-31"
    assert "Expires" not in platform().tags
