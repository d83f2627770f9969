"""Responses of the engine and the resulting messages; tests/e2e/test_image.py builds and pushes with a real engine."""

from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import docker  # type: ignore[import-untyped]
import pytest
from rich.console import Console

from ops.errors import OpsError
from ops.image import builder
from ops.image.builder import Builder
from ops.image.content import Content
from ops.progress import ProgressDisplay, Row
from ops.stacks import selection

INDEX = "sha256:" + "ab" * 32
URI = "111111111111.dkr.ecr.us-east-1.amazonaws.com/airflow-dev-airflow"


class Image:
    def __init__(self, architecture: str = "amd64", digests: tuple[str, ...] = ()) -> None:
        self.id = "sha256:" + "cd" * 32
        self.attrs = {"Os": "linux", "Architecture": architecture, "RepoDigests": list(digests)}

    def tag(self, repository: str, tag: str) -> None:
        pass


class Engine:
    """Fake client of the package `docker`, with prepared responses."""

    def __init__(self, images: Mapping[str, Image] = {}, answer: tuple[dict[str, Any], ...] = ()) -> None:
        self.known = images
        self.answer = answer
        self.images = self.api = self
        self.built: dict[str, Any] = {}
        self.removed: list[str] = []
        self.registry: str | None = None

    def get(self, name: str) -> Image:
        if name not in self.known:
            raise docker.errors.ImageNotFound("no such image")
        return self.known[name]

    def list(self, name: str) -> list[str]:
        return [name] if name in self.known else []

    def get_registry_data(self, name: str) -> Any:
        if self.registry is None:
            raise docker.errors.APIError("500", explanation=f"Get {name}:\n dial tcp: no such host")
        return type("Data", (), {"id": self.registry})

    def build(self, **options: Any) -> Iterator[dict[str, Any]]:
        self.built = options
        return iter(self.answer)

    def push(self, *_: str, **options: Any) -> Iterator[dict[str, Any]]:
        return iter(self.answer)

    pull = push

    def remove_image(self, name: str, noprune: bool = False) -> None:
        self.removed.append(name)


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Content:
    monkeypatch.setattr(builder, "LOG", tmp_path / "image.log")
    return Content.of(selection.environment("local"))


@pytest.fixture
def output() -> StringIO:
    return StringIO()


@pytest.fixture
def display(output: StringIO) -> Row:
    return ProgressDisplay(Console(file=output, width=200)).row("image")


def built(engine: Engine, content: Content, display: Row) -> str:
    """The message of a build that fails."""
    with pytest.raises(OpsError) as refused:
        Builder(engine).build(content, "tag", display)
    return str(refused.value)


def test_a_build_without_an_engine_is_an_error_of_one_line() -> None:
    with pytest.raises(
        OpsError, match=r"^building an image requires a container engine: no container engine: install .*Docker"
    ):
        Builder.connect()


def test_an_image_that_the_engine_has_is_not_built_again(content: Content, display: Row) -> None:
    engine = Engine({"airflow-on-aws:tag": Image()})
    assert not Builder(engine).build(content, "tag", display)
    assert engine.built == {}


def test_it_is_built_for_the_platform_of_the_task_definitions(content: Content, display: Row) -> None:
    engine = Engine({content.base: Image()}, ({"stream": "Step 1/2 : FROM x\n"}, {"stream": "Successfully tagged\n"}))
    assert Builder(engine).build(content, "tag", display)
    assert engine.built["platform"] == "linux/amd64"
    assert engine.built["tag"] == "airflow-on-aws:tag"
    assert engine.built["buildargs"].keys() == {"AIRFLOW_VERSION", "SOURCE", "REVISION"}


def test_a_failed_build_prints_its_step_and_last_lines(content: Content, display: Row) -> None:
    answer = (
        {"stream": "Step 8/22 : RUN before\n"},
        {"stream": "of the step before\n"},
        {"stream": "Step 9/22 : RUN pip install\n"},
        {"stream": " ---> Running in 0123\n"},
        {"stream": "Collecting uv\nERROR: No matching distribution\n"},
        {"error": "The command returned a non-zero code: 1"},
    )
    assert built(Engine({content.base: Image()}, answer), content, display).splitlines() == [
        "the image cannot be built: Step 9/22 : RUN pip install failed",
        "  Collecting uv",
        "  ERROR: No matching distribution",
        "  The command returned a non-zero code: 1",
        f"complete log: {builder.LOG}",
    ]
    assert "of the step before" in builder.LOG.read_text()


@pytest.mark.parametrize("where", ["error", "stream"])
def test_a_full_disk_is_an_error_of_one_line(where: str, content: Content, display: Row) -> None:
    full = {where: "write /x: no space left on device"}
    answer = ({"stream": "Step 9/22 : RUN x\n"}, full, {"error": "non-zero code: 1"})
    said = built(Engine({content.base: Image()}, answer), content, display)
    assert said.startswith(
        "the image cannot be built: the disk of the container engine is full: see `docker system df`"
    )
    assert "\n" not in said


def test_the_base_is_identified_by_its_registry_s_digest_or_else_by_its_id(content: Content) -> None:
    names = "mirror.example.org/airflow@sha256:other", f"apache/airflow@{INDEX}"
    for image, digest in ((Image(digests=names), INDEX), (Image(), Image().id)):
        assert Builder(Engine({content.base: image})).tag(content) == content.tag(digest)
    elsewhere = Engine()
    elsewhere.registry = INDEX
    assert Builder(elsewhere).tag(content) == content.tag(INDEX)


@pytest.mark.parametrize("architecture", [None, "arm64"])
def test_a_missing_base_names_the_platform_and_how_to_use_a_mirror(architecture: str | None, content: Content) -> None:
    engine = Engine({content.base: Image(architecture)} if architecture else {})
    more = f" (the local image is for linux/{architecture})" if architecture else ""
    with pytest.raises(OpsError) as refused:
        Builder(engine).tag(content)
    assert str(refused.value) == (
        f"the base image {content.base} for linux/amd64 cannot be pulled: Get {content.base}: dial tcp: no such host{more}: connect "
        "to its registry, or use a mirror with AIRFLOW_ON_AWS_BASE_IMAGE=<mirror>/apache/airflow"
    )


def test_a_failed_pull_of_the_base_names_image_platform_and_reason(content: Content, display: Row) -> None:
    said = built(Engine(answer=({"error": "toomanyrequests: rate limit"},)), content, display)
    assert said.startswith(
        f"the base image {content.base} for linux/amd64 cannot be pulled: toomanyrequests: rate limit: "
    )


def push(engine: Engine, display: Row) -> None:
    Builder(engine).push("airflow-on-aws:tag", URI, "tag", {"username": "AWS", "password": "secret"}, display)


def test_a_push_removes_its_temporary_tag(content: Content, display: Row, output: StringIO) -> None:
    layer = {"status": "Pushing", "id": "a", "progressDetail": {"current": 1, "total": 2}}
    engine = Engine({"airflow-on-aws:tag": Image()}, (layer, {"status": "Pushed", "id": "a"}))
    push(engine, display)
    assert engine.removed == [f"{URI}:tag"]
    assert "secret" not in output.getvalue()


def test_a_denied_push_names_the_missing_permission(content: Content, display: Row) -> None:
    engine = Engine({"airflow-on-aws:tag": Image()}, ({"error": "denied: not authorized to ecr:InitiateLayerUpload"},))
    with pytest.raises(OpsError) as refused:
        push(engine, display)
    said = str(refused.value)
    assert said.startswith(f"the image cannot be pushed to {URI}: denied: not authorized")
    assert said.endswith("the role needs permission to push to this repository (AmazonEC2ContainerRegistryPowerUser)")
    assert engine.removed == [f"{URI}:tag"]


def test_a_lost_connection_to_the_engine_is_an_error_of_one_line(content: Content, display: Row) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield {"stream": "Step 1/2 : FROM x\n"}
        raise ConnectionResetError(104, "Connection reset by peer")

    engine = Engine({content.base: Image()})
    engine.build = lambda **_: broken()  # type: ignore[method-assign]
    said = built(engine, content, display)
    assert (
        said
        == "the image cannot be built: the connection to the container engine was lost ([Errno 104] Connection reset by peer)"
    )


def test_only_our_own_images_are_removed() -> None:
    engine = Engine({"airflow-on-aws:a": Image(), "airflow-on-aws:c": Image()})
    Builder(engine).remove_images(["a", "b"])
    assert engine.removed == ["airflow-on-aws:a"]
