"""Our image: built by the users' commands, pushed to the local AWS, and run by its digest."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local_aws import server
from tests.checkout import Checkout
from tests.e2e.account import LOGS, Account
from tests.local_aws.clients import connect_to
from tests.ops.deployed_states import BUCKET

pytestmark = pytest.mark.slow

STACK = "local-platform"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, engine: Any, image: Callable[[str], str]) -> Iterator[Checkout]:
    image("apache/airflow:3.3.2-python3.12")
    copy = Checkout.make(tmp_path_factory.mktemp("image"))
    copy.ops("local-aws", "start")
    yield copy
    copy.ops("local-aws", "stop")


@pytest.fixture(scope="module")
def aws(checkout: Checkout, engine: Any) -> Account:
    local_aws = server.running(checkout.path)
    assert local_aws
    connect = connect_to(local_aws)
    connect("logs").create_log_group(logGroupName=LOGS)
    connect("ecs").create_cluster(clusterName="default")
    return Account(local_aws, connect, engine, "", lambda tag: tag)


@pytest.fixture(scope="module")
def pushed(checkout: Checkout) -> dict[str, str]:
    refused = checkout.ops("image", "push", "local", code=1)
    assert "run `pipenv run ops bootstrap <environment>`" in refused.stderr
    checkout.ops("bootstrap", "local")
    found: dict[str, str] = json.loads(checkout.ops("image", "push", "local", "--json").stdout)
    return found


def recorded(checkout: Checkout) -> Path:
    return checkout.path / "environments/local/image.tfvars"


def test_the_first_push_creates_only_the_repository(checkout: Checkout, aws: Account, pushed: dict[str, str]) -> None:
    key = "local/platform.tfstate"
    state = aws.connect("s3").get_object(Bucket=BUCKET, Key=key)
    kinds = {one["type"] for one in json.load(state["Body"])["resources"] if one["mode"] == "managed"}
    assert kinds == {"aws_ecr_repository", "aws_ecr_lifecycle_policy"}
    assert pushed["repository"] == f"127.0.0.1:{aws.local_aws.port}/airflow-local-airflow"


def test_the_digest_is_recorded(checkout: Checkout, aws: Account, pushed: dict[str, str]) -> None:
    (image,) = aws.connect("ecr").describe_images(repositoryName="airflow-local-airflow")["imageDetails"]
    assert (image["imageDigest"], image["imageTags"]) == (pushed["digest"], [pushed["tag"]])
    assert f'"{pushed["digest"]}" # {pushed["tag"]}' in recorded(checkout).read_text()


def test_a_second_push_does_nothing(checkout: Checkout, pushed: dict[str, str]) -> None:
    said = checkout.ops("image", "push", "local").stdout
    assert said == f"{pushed['repository']}:{pushed['tag']}: already exists, nothing to push\n"


def test_an_existing_image_is_not_built_again(checkout: Checkout, pushed: dict[str, str]) -> None:
    assert "already exists, nothing to build" in checkout.ops("image", "build", "local").stdout


def test_a_task_runs_it_by_its_digest(aws: Account, pushed: dict[str, str]) -> None:
    image = f"{pushed['repository']}@{pushed['digest']}"
    task = aws.run(
        aws.container("", image=image, command=["airflow", "version"], user="50000:0"), memory="2048", cpu="512"
    )
    aws.says(task, pushed["tag"].partition("-")[0], seconds=120)


def test_its_labels_name_repository_and_commit(engine: Any, pushed: dict[str, str]) -> None:
    labels = engine.images.get(f"airflow-on-aws:{pushed['tag']}").labels
    assert labels["org.opencontainers.image.version"] == pushed["tag"].partition("-")[0]
    assert {"org.opencontainers.image.source", "org.opencontainers.image.revision"} <= labels.keys()


def test_the_platform_adopts_the_repository_and_runs_the_digest(checkout: Checkout, pushed: dict[str, str]) -> None:
    planned = checkout.cdktf("diff", STACK, "--no-color").stdout
    assert "0 to change, 0 to destroy" in planned
    assert "aws_ecr_repository.registry will be" not in planned
    assert f"@{pushed['digest']}" in planned


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        ("RUN echo last words; exit 3", "last words"),
        ("RUN echo 'no space left on device' >&2; exit 1", "the disk of the container engine is full"),
    ],
)
def test_a_failed_build_changes_nothing(checkout: Checkout, pushed: dict[str, str], dockerfile: str, said: str) -> None:
    file, before = checkout.path / "airflow/Dockerfile", recorded(checkout).read_text()
    text = file.read_text()
    try:
        file.write_text(
            "\n".join(line for line in text.splitlines() if line.startswith(("ARG", "FROM"))) + f"\n{dockerfile}\n"
        )
        refused = checkout.ops("image", "push", "local", code=1).stderr
    finally:
        file.write_text(text)
    assert said in refused
    assert all(line.startswith(("error: ", "  image: ")) for line in refused.splitlines())
    assert recorded(checkout).read_text() == before


def test_a_missing_base_image_is_an_error_of_one_line(checkout: Checkout, pushed: dict[str, str]) -> None:
    refused = checkout.ops("image", "build", "local", "--base-image", "127.0.0.1:1/airflow", code=1).stderr
    assert refused.startswith(
        "error: the base image 127.0.0.1:1/airflow:3.3.2-python3.12 for linux/amd64 cannot be pulled: "
    )
    assert refused.count("\n") == 1
