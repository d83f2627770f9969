"""Detection of stacks that are not deployed as configured."""

import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from backend.digests import read_digest, write_digests
from modules.stack_id import StackId
from ops.account import Account
from ops.stacks.changed import differences, gone, known_states
from ops.stacks.selection import StackRef
from ops.stacks.states import State
from tests.ops.deployed_states import PLATFORM, state
from tests.variants import platform_config

CONTRACT = "/airflow-dev/platform"
PLACES = [
    StackRef.of(StackId("dev", "platform"), platform_config()),
    StackRef.of(StackId("dev", "workflows", "rain"), platform_config()),
]
BUCKET = PLACES[0].bucket


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    return synthesised(tmp_path, PLACES)


def synthesised(output: Path, places: Sequence[StackRef], **more: object) -> dict[str, Path]:
    """Write synthesised stacks with one bucket each, and `more` resources by kind; return their folders."""
    manifest = {"stacks": {place.name: {"workingDirectory": f"stacks/{place.name}"} for place in places}}
    (output / "manifest.json").write_text(json.dumps(manifest))
    for place in places:
        folder = output / "stacks" / place.name
        folder.mkdir(parents=True)
        (folder / "cdk.tf.json").write_text(
            json.dumps({"resource": {"aws_s3_bucket": {"files": {"bucket": place.name}}, **more}})
        )
    write_digests(output)
    return {place.name: output / "stacks" / place.name for place in places}


def deployed(folders: dict[str, Path]) -> dict[tuple[str, str], State]:
    """Return the states of both stacks as a deploy leaves them."""
    more: list[dict[str, Any]] = [
        {"published": {CONTRACT: "one"}},
        {"read": {CONTRACT: "one", "/of/somebody/else": "two"}},
    ]
    return {
        (BUCKET, place.state_key): State(
            place.state_key,
            1,
            {},
            frozenset({"aws_s3_bucket.files"}),
            configuration=read_digest(folders[place.name]),
            **parameters,
        )
        for place, parameters in zip(PLACES, more, strict=True)
    }


def changed(state: State, **values: object) -> State:
    return State(**{**vars(state), **values})


def test_stacks_that_are_deployed_as_configured_are_not_listed(folders: dict[str, Path]) -> None:
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


def test_another_synthesised_document_is_another_configuration(folders: dict[str, Path]) -> None:
    known = deployed(folders)
    file = folders["dev-platform"] / "cdk.tf.json"
    file.write_text(file.read_text().replace("dev-platform", "other"))
    write_digests(folders["dev-platform"].parent.parent)
    assert [one.stack for one in differences(PLACES, folders, known)] == ["dev-platform"]


def test_a_state_with_resources_and_without_a_file_is_gone(folders: dict[str, Path]) -> None:
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


class Bucket(Account):
    """AWS account whose S3 has these objects, and lists up to 1,000 per page, as AWS does."""

    def __init__(self, objects: dict[str, str]) -> None:
        super().__init__(platform_config(), {})
        self.objects = objects

    def client(self, service: str) -> Any:
        return self

    def has_state_bucket(self, key: str = "") -> bool:
        return True

    def get_paginator(self, name: str) -> Any:
        return self

    def paginate(self, **_: str) -> Iterator[Any]:
        keys = iter(self.objects)
        while page := list(islice(keys, 1000)):
            yield {"Contents": [{"Key": key} for key in page]}

    def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803 - boto3's names
        return {"Body": BytesIO(self.objects[Key].encode())}


@pytest.mark.parametrize("contract", ["one", "another"])
def test_of_a_thousand_projects_only_those_that_differ_are_listed(contract: str, tmp_path: Path) -> None:
    ids = [StackId("dev", "platform")]
    ids += [StackId("dev", what, f"p{number}") for number in range(1000) for what in ("infrastructure", "workflows")]
    places = [StackRef.of(id, platform_config()) for id in ids]
    folders = synthesised(tmp_path, places, aws_ssm_parameter={"published_contract": {}})
    objects = {place.state_key: state("", folders[place.name], "one") for place in places}
    platform = state(PLATFORM, folders["dev-platform"], contract)
    objects |= {
        "dev/platform.tfstate": platform,
        "dev/p7/workflows.tfstate": "{}",
        "dev/old/workflows.tfstate": platform,
    }
    known = known_states({BUCKET: Bucket(objects)})
    found = {one.stack for one in differences(places, folders, known)}
    assert found == ({place.name for place in places[1:]} if contract == "another" else {"dev-p7-workflows"})
    assert [one.state for one in gone(places, known)] == ["dev/old/workflows.tfstate"]


def test_the_digest_waits_for_every_resource(folders: dict[str, Path]) -> None:
    digest = json.loads((folders["dev-platform"] / "configuration.tf.json").read_text())["resource"]["terraform_data"][
        "configuration"
    ]
    assert digest["depends_on"] == ["aws_s3_bucket.files"]
