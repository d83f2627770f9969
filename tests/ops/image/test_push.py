"""Push to a repository of the local AWS; only the engine is a fake."""

import json
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from configuration.image import save_image
from local_aws.state import LocalAws
from ops.account import Account
from ops.errors import OpsError
from ops.image import push as images
from ops.image.builder import Builder
from ops.image.content import Content
from ops.image.repository import Repository
from ops.progress import ProgressDisplay, Row
from ops.stacks import selection
from tests.local_aws_fixture import local_aws as local_aws

LOCAL = selection.environment("local")
MANIFEST = json.dumps({"schemaVersion": 2})


class Engine:
    """Fake engine that pushes with an API call of ECR."""

    denied = overtaken = False

    def __init__(self, ecr: Any) -> None:
        self.ecr = ecr

    def tag(self, content: Content) -> str:
        return "3.3.2-0123456789ab"

    def build(self, content: Content, tag: str, display: Row) -> bool:
        return True

    def push(self, name: str, repository: str, tag: str, credentials: Any, display: Row) -> None:
        assert credentials["username"] == "AWS"
        if not self.denied:
            self.ecr.put_image(repositoryName=repository.split("/")[1], imageManifest=MANIFEST, imageTag=tag)
        if self.denied or self.overtaken:
            raise OpsError("denied")


@pytest.fixture
def account(local_aws: LocalAws) -> Account:
    return Account(LOCAL.platform, local_aws.environment())


@pytest.fixture
def engine(account: Account, monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine(account.client("ecr"))
    monkeypatch.setattr(Builder, "connect", lambda: engine)
    return engine


@pytest.fixture
def repository(account: Account) -> Iterator[str]:
    ecr, name = account.client("ecr"), "airflow-local-airflow"
    ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    yield name
    ecr.delete_repository(repositoryName=name, force=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(images, "ENVIRONMENTS", tmp_path)
    (tmp_path / "local").mkdir()
    return tmp_path / "local"


def push(account: Account) -> images.Pushed:
    return images.push_image(
        LOCAL, account, Content("3.3.2", "base", {}, b""), ProgressDisplay(Console(file=StringIO())).row("image")
    )


def test_a_push_records_the_digest_and_a_second_push_does_nothing(
    account: Account, engine: Engine, repository: str, folder: Path
) -> None:
    first, second = push(account), push(account)
    assert (first.new, first.recorded, second.new, second.recorded) == (True, True, False, False)
    assert first.digest == second.digest
    assert first.digest in (folder / "image.tfvars").read_text()
    assert str(second).endswith("airflow-local-airflow:3.3.2-0123456789ab: already exists, nothing to push")


def test_an_image_in_the_repository_is_recorded_if_it_was_not(
    account: Account, engine: Engine, repository: str, folder: Path
) -> None:
    push(account)
    (folder / "image.tfvars").unlink()
    again = push(account)
    assert (again.new, again.recorded) == (False, True)


def test_a_push_of_an_image_that_was_pushed_meanwhile_succeeds(
    account: Account, engine: Engine, repository: str
) -> None:
    engine.overtaken = True
    assert push(account).new


def test_a_denied_push_records_nothing(account: Account, engine: Engine, repository: str, folder: Path) -> None:
    engine.denied = True
    with pytest.raises(OpsError, match="denied"):
        push(account)
    assert list(folder.iterdir()) == []


def test_an_environment_without_bootstrap_is_an_error_with_the_command(
    account: Account, engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.stacks.states.account_of", lambda config: account)
    with pytest.raises(OpsError, match="does not exist yet: run `pipenv run ops bootstrap <environment>`"):
        push(account)
    assert list(folder.iterdir()) == []


@pytest.fixture
def creatable(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Environment without a repository, which an API call creates instead of Terraform. The event is set when that starts."""
    making, ecr = threading.Event(), account.client("ecr")

    def create(environment: Any, account: Account, report: Any) -> Repository:
        making.set()
        ecr.create_repository(repositoryName="airflow-local-airflow")
        found = Repository.find(LOCAL, account)
        assert found
        return found

    monkeypatch.setattr("ops.image.repository.check_creatable", lambda environment: None)
    monkeypatch.setattr("ops.image.repository.create_repository", create)
    yield making
    if Repository.find(LOCAL, account):
        ecr.delete_repository(repositoryName="airflow-local-airflow", force=True)


def test_the_repository_is_created_during_the_build(
    account: Account, engine: Engine, creatable: threading.Event, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The digest of a repository that was deleted together with an earlier local AWS.
    save_image(folder, "sha256:" + "ab" * 32, "3.1.0-abc", "3.1.0")
    seen: list[bool] = []
    monkeypatch.setattr(engine, "build", lambda *_: seen.append(creatable.wait(10)))
    pushed = push(account)
    assert seen == [True]
    assert (pushed.new, pushed.recorded) == (True, True)
    assert "3.1.0" not in (folder / "image.tfvars").read_text()


def test_a_running_build_is_awaited_and_not_repeated(
    account: Account, engine: Engine, creatable: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "build", lambda *_: pytest.fail("built twice"))
    waited: list[str] = []
    display = ProgressDisplay(Console(file=StringIO())).row("image")
    content = Content("3.3.2", "base", {}, b"")
    assert images.push_image(LOCAL, account, content, display, lambda: waited.append("built")).new
    assert waited == ["built"]


@pytest.mark.parametrize("fails", ["building", "making"])
def test_errors_of_build_or_repository_are_reported_and_nothing_is_recorded(
    account: Account,
    engine: Engine,
    creatable: threading.Event,
    folder: Path,
    fails: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> None:
        raise OpsError(f"{fails} is denied")

    if fails == "building":
        monkeypatch.setattr(engine, "build", refuse)
    else:
        monkeypatch.setattr("ops.image.repository.create_repository", refuse)
    with pytest.raises(OpsError, match=f"^{fails} is denied$"):
        push(account)
    assert list(folder.iterdir()) == []


def test_credentials_of_another_account_are_refused(local_aws: LocalAws, engine: Engine) -> None:
    somebody = Account(LOCAL.platform, {**local_aws.environment(), "AWS_ACCESS_KEY_ID": "333333333333"})
    with pytest.raises(OpsError, match="the AWS credentials are for account 333333333333"):
        push(somebody)


def test_the_repository_has_the_address_of_the_local_aws(
    account: Account, local_aws: LocalAws, repository: str
) -> None:
    found = Repository.find(LOCAL, account)
    assert found
    assert found.uri == f"127.0.0.1:{local_aws.port}/{repository}"
    assert found.digest("unknown") is None
    assert found.tags() == []


def test_an_unreachable_registry_is_an_error_of_one_line(local_aws: LocalAws) -> None:
    nowhere = Account(LOCAL.platform, {**local_aws.environment(), "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    with pytest.raises(
        OpsError, match=r"^the repository airflow-local-airflow cannot be used \(.*127.0.0.1:1.*\): check your role"
    ):
        Repository.find(LOCAL, nowhere)
