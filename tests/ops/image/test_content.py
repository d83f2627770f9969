import dataclasses
import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.image import content
from ops.image.content import Content, check_requirements, parent_image
from ops.stacks import selection

BASE = "sha256:" + "ab" * 32


@pytest.fixture
def airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of airflow/ that a test can change."""
    copy = tmp_path / "airflow"
    shutil.copytree(content.AIRFLOW, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(content, "AIRFLOW", copy)
    return copy


def made(base_image: str | None = None) -> Content:
    return Content.of(selection.environment("local"), base_image)


def tag() -> str:
    return made().tag(BASE)


def test_the_tag_consists_of_the_version_and_a_hash_of_the_content(airflow: Path) -> None:
    before = tag()
    version, _, rest = before.partition("-")
    assert version == selection.environment("local").platform.image.version
    assert len(rest) == 12
    for file in ("Dockerfile", "requirements.txt", "dags/tutorials/classic.py"):
        (airflow / file).open("a").write("# changed\n")
        assert tag() != before
        before = tag()
    (airflow / "lib" / "new.py").touch()
    assert tag() != before


def test_the_tag_depends_neither_on_uncopied_files_nor_on_the_checkout(airflow: Path) -> None:
    before = tag()
    (airflow / ".env").write_text("PASSWORD=secret")
    (airflow / "compose.yaml").write_text("# changed")
    (airflow / "config" / "airflow.env").write_text("# changed")
    (airflow / "lib" / "__pycache__").mkdir()
    (airflow / "lib" / "__pycache__" / "x.pyc").write_text("")
    for file in airflow.rglob("*"):
        os.utime(file, (1, 1))
        file.chmod(0o700 if file.is_dir() else 0o600)
    assert tag() == before


def test_the_tag_depends_on_the_base_image() -> None:
    tags = {made().tag(BASE), made().tag("sha256:other"), made("mirror/airflow").tag(BASE)}
    assert len(tags) == 3


def test_a_checkout_with_a_strict_umask_gives_files_that_airflow_can_read(airflow: Path) -> None:
    for file in airflow.rglob("*.py"):
        file.chmod(0o600)
    with tarfile.open(fileobj=io.BytesIO(made().context)) as tar:
        members = tar.getmembers()
    assert {(one.mode, one.uid, one.gid) for one in members if one.isfile()} == {(0o644, 0, 0)}


def test_only_copied_files_are_sent_to_the_engine(airflow: Path) -> None:
    (airflow / ".env").write_text("PASSWORD=secret")
    with tarfile.open(fileobj=io.BytesIO(made().context)) as tar:
        names = {name.split("/")[0] for name in tar.getnames()}
    copied = {"requirements.txt", "config", "dags", "lib", "plugins", "webhook"}
    assert names == {"Dockerfile", ".dockerignore", *copied}


def test_the_base_is_the_image_in_from() -> None:
    version = selection.environment("local").platform.image.version
    assert made().base == f"apache/airflow:{version}-python3.12"
    assert made("mirror.example.org/airflow").base == f"mirror.example.org/airflow:{version}-python3.12"
    assert parent_image("ARG A=a\nARG B=b\nFROM ${A}:${B}\n", {"B": "c"}) == "a:c"


def test_another_version_than_that_of_the_requirements_is_refused_before_anything_is_built() -> None:
    requirements = "apache-airflow==3.3.2 \\\n    # via -r\napache-airflow-core==3.3.2\n"
    check_requirements("3.3.2", requirements, "dev")
    with pytest.raises(OpsError) as refused:
        check_requirements("3.3.1", requirements, "dev")
    assert str(refused.value).endswith(
        'dev/platform.tfvars: image.version = "3.3.1", but airflow/requirements.txt has 3.3.2: '
        "set image.version to that, or change airflow/requirements.in and run `make lock`"
    )


@pytest.mark.parametrize(
    ("remote", "source"),
    [
        ("https://user:token@example.org/a/b.git", "https://example.org/a/b.git"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("", ""),
    ],
)
def test_no_token_of_a_remote_gets_into_the_labels(remote: str, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_git", lambda *arguments: remote if arguments[0] == "remote" else "abc")
    assert content.provenance() == {"SOURCE": source, "REVISION": "abc"}


def test_outside_of_git_the_labels_are_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "ROOT", tmp_path)
    assert content.provenance() == {"SOURCE": "", "REVISION": ""}


def test_builder_and_commit_do_not_change_the_tag() -> None:
    assert not {"SOURCE", "REVISION"} & {field.name.upper() for field in dataclasses.fields(Content)}
    assert not {"SOURCE", "REVISION"} & made().arguments.keys()
