"""Delivery from a private repository on an SSH server, with a key from Secrets Manager."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow_on_aws.delivery import git, project_delivery, ssh
from airflow_on_aws.delivery.project_delivery import DeliveryError, deliver
from airflow_on_aws.delivery.registry import Project
from emulator import Aws
from repository import Repository
from ssh_server import SshServer, ssh_server

from tests.programs import program

KEY_NAME = "airflow-dev/deploy-keys/weather"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    with ssh_server(program("sshd", "openssh-server"), tmp_path_factory.mktemp("ssh")) as running:
        yield running


@pytest.fixture
def private(server: SshServer, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(project_delivery, "check_dags", lambda *arguments, **keywords: [])
    # Disable the user's own keys and agent.
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    repository.dag("weather__one")
    return Project("weather", server.url(repository.folder), deploy_key=KEY_NAME, host_keys=(server.host_key,))


@pytest.fixture
def stored(aws: Aws, server: SshServer) -> Iterator[None]:
    """Store the key as an operator would paste it: without the final newline."""
    client = aws.client("secretsmanager")
    client.create_secret(Name=KEY_NAME, SecretString=server.key.read_text().strip())
    yield
    client.delete_secret(SecretId=KEY_NAME, ForceDeleteWithoutRecovery=True)


@pytest.mark.usefixtures("stored")
def test_a_private_repository_is_delivered_and_the_key_is_deleted(
    private: Project, repository: Repository, tmp_path: Path, caplog: pytest.LogCaptureFixture, server: SshServer
) -> None:
    commit = deliver(private, tmp_path / "projects")
    assert (tmp_path / "projects/weather/current").readlink().name == commit
    key = server.key.read_text().splitlines()[1]
    assert key not in caplog.text
    assert key not in "".join(file.read_text() for file in ssh.MEMORY.glob("git-*/key"))
    found = subprocess.run(["grep", "-r", key, tmp_path], capture_output=True, text=True, check=False)
    assert found.stdout == ""
    assert deliver(private, tmp_path / "projects") is None


@pytest.mark.usefixtures("stored")
def test_the_key_is_a_private_file_in_memory_and_in_no_command(server: SshServer) -> None:
    with ssh.ssh_command(KEY_NAME, ()) as command:
        (option,) = [word for word in command.split() if word.startswith("-oIdentityFile=")]
        file = Path(option.partition("=")[2])
        assert file.is_relative_to(ssh.MEMORY)
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        assert file.read_text() == server.key.read_text()
        assert server.key.read_text().splitlines()[1] not in command
    assert not file.parent.exists()


@pytest.mark.usefixtures("stored")
def test_a_server_with_an_unknown_host_key_is_refused(private: Project, tmp_path: Path, server: SshServer) -> None:
    forged = server.host_key.replace(
        server.host_key.split()[2], (server.other_key.with_suffix(".pub")).read_text().split()[1]
    )
    for host_keys in ((), (forged,)):
        unknown = Project("weather", private.url, deploy_key=KEY_NAME, host_keys=host_keys)
        with pytest.raises(DeliveryError, match=r"weather: ssh://.*check the URL, and the key"):
            deliver(unknown, tmp_path / "projects")
    assert not (tmp_path / "projects/weather/releases").exists()


def test_another_key_is_refused(private: Project, tmp_path: Path, aws: Aws, server: SshServer) -> None:
    client = aws.client("secretsmanager")
    client.create_secret(Name=KEY_NAME, SecretString=server.other_key.read_text())
    try:
        with pytest.raises(DeliveryError, match="Permission denied"):
            deliver(private, tmp_path / "projects")
    finally:
        client.delete_secret(SecretId=KEY_NAME, ForceDeleteWithoutRecovery=True)


@pytest.mark.usefixtures("aws")
def test_a_secret_without_a_key_is_named(private: Project, tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=f"weather: secret {KEY_NAME} cannot be read"):
        deliver(private, tmp_path / "projects")


@pytest.mark.parametrize("message", [None, "with a message"])
def test_a_tag_is_delivered_as_its_commit(
    repository: Repository, tmp_path: Path, message: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_delivery, "check_dags", lambda *arguments, **keywords: [])
    tagged = repository.dag("weather__one")
    name = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    repository.git(*name, "tag", "v1", *(["--message", message] if message else []))
    # A branch with the same name is independent of the tag.
    repository.git("checkout", "--quiet", "-b", "v1")
    branch = repository.dag("weather__two")
    projects = tmp_path / "projects"
    assert deliver(Project("weather", repository.url, "refs/tags/v1"), projects) == tagged
    assert deliver(Project("weather", repository.url, "refs/tags/v1"), projects) is None
    assert deliver(Project("weather", repository.url, "v1"), projects) == branch


def test_a_missing_tag_is_named(repository: Repository) -> None:
    repository.dag("weather__one")
    with pytest.raises(git.GitError, match="has no branch refs/tags/v2; correct the branch"):
        git.latest_commit(repository.url, "refs/tags/v2")
