"""What tells a stack that is deployed as configured from one that is not."""

import json
from pathlib import Path

import pytest

from backend.configuration import record, recorded
from modules.stack import StackId
from ops.changed import differences, gone
from ops.stacks import StackPlace
from ops.states import State
from tests.variants import platform_config

CONTRACT = "/airflow-dev/platform"
PLACES = [
    StackPlace.of(StackId("dev", "platform"), platform_config()),
    StackPlace.of(StackId("dev", "workflows", "rain"), platform_config()),
]
BUCKET = PLACES[0].bucket


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Two synthesised stacks of a bucket each."""
    manifest = {"stacks": {place.name: {"workingDirectory": f"stacks/{place.name}"} for place in PLACES}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    for place in PLACES:
        folder = tmp_path / "stacks" / place.name
        folder.mkdir(parents=True)
        (folder / "cdk.tf.json").write_text(
            json.dumps({"resource": {"aws_s3_bucket": {"files": {"bucket": place.name}}}})
        )
    record(tmp_path)
    return {place.name: tmp_path / "stacks" / place.name for place in PLACES}


def deployed(folders: dict[str, Path]) -> dict[tuple[str, str], State]:
    """The states of both, as a deploy leaves them."""
    more = [{"published": {CONTRACT: "one"}}, {"read": {CONTRACT: "one", "/of/somebody/else": "two"}}]
    return {
        (BUCKET, place.state_key): State(
            place.state_key,
            1,
            {},
            frozenset({"aws_s3_bucket.files"}),
            configuration=recorded(folders[place.name]),
            **parameters,
        )
        for place, parameters in zip(PLACES, more, strict=True)
    }


def changed(state: State, **values: object) -> State:
    return State(**{**vars(state), **values})


def test_what_is_deployed_as_configured_is_not_listed(folders: dict[str, Path]) -> None:
    assert differences(PLACES, folders, deployed(folders)) == []


@pytest.mark.parametrize("state", [None, {"resources": 0, "addresses": frozenset(), "outputs": {}}])
def test_a_stack_without_resources_is_new(state: dict[str, object] | None, folders: dict[str, Path]) -> None:
    known = deployed(folders)
    key = (BUCKET, PLACES[1].state_key)
    before = known.pop(key)
    if state:
        known[key] = changed(before, **state)
    assert [(one.stack, one.what) for one in differences(PLACES, folders, known)] == [("dev-rain-workflows", "new")]


@pytest.mark.parametrize(
    ("index", "values", "why"),
    [
        (0, {"configuration": "another"}, "configuration"),
        (0, {"configuration": None}, "no deploy of it was completed by this release"),
        (0, {"addresses": frozenset({"aws_s3_bucket.files", "aws_vpc.old"})}, "aws_vpc.old is still to be destroyed"),
        (1, {"read": {CONTRACT: "older"}}, f"what it reads from {CONTRACT}"),
    ],
)
def test_a_changed_stack_is_listed_with_the_reason(
    index: int, values: dict[str, object], why: str, folders: dict[str, Path]
) -> None:
    known = deployed(folders)
    key = (BUCKET, PLACES[index].state_key)
    known[key] = changed(known[key], **values)
    assert [(one.stack, one.what, one.why) for one in differences(PLACES, folders, known)] == [
        (PLACES[index].name, "changed", why)
    ]


def test_another_synthesised_text_is_another_configuration(folders: dict[str, Path]) -> None:
    known = deployed(folders)
    file = folders["dev-platform"] / "cdk.tf.json"
    file.write_text(file.read_text().replace("dev-platform", "other"))
    record(folders["dev-platform"].parent.parent)
    assert [one.stack for one in differences(PLACES, folders, known)] == ["dev-platform"]


def test_a_state_without_a_file_is_gone_unless_it_is_empty_or_of_another_environment(folders: dict[str, Path]) -> None:
    known = deployed(folders)
    for key, resources in (
        ("dev/snow/workflows.tfstate", 3),
        ("dev/hail/workflows.tfstate", 0),
        ("qa/platform.tfstate", 1),
    ):
        known[BUCKET, key] = State(key, resources, {})
    assert [one.state for one in gone(PLACES, known, "dev")] == ["dev/snow/workflows.tfstate"]
    assert [one.state for one in gone(PLACES, known)] == ["dev/snow/workflows.tfstate", "qa/platform.tfstate"]
    assert {one.what for one in gone(PLACES, known)} == {"gone"}


def test_the_digest_waits_for_every_resource(folders: dict[str, Path]) -> None:
    digest = json.loads((folders["dev-platform"] / "configuration.tf.json").read_text())["resource"]["terraform_data"][
        "configuration"
    ]
    assert digest["depends_on"] == ["aws_s3_bucket.files"]
