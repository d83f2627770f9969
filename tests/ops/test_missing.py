"""A missing requirement is an error of one line with the remedy, and nothing is started."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from configuration.image import save_image
from ops.errors import OpsError
from ops.terraform import install
from tests.checkout import ROOT, Checkout

NO_CREDENTIALS = {
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    copy = Checkout.make(tmp_path_factory.mktemp("missing"))
    yield copy
    copy.ops("local-aws", "stop")


def only_line(text: str) -> str:
    """Return the only line of an error."""
    lines = text.splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("error: ")
    return lines[0]


def programs(folder: Path, **scripts: str) -> str:
    """Return a PATH with a few programs of the system and these scripts."""
    folder.mkdir()
    for name in ("sh", "env", "git", "dirname"):
        (folder / name).symlink_to(shutil.which(name) or name)
    for name, text in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_a_missing_terraform_is_reported(checkout: Checkout, tmp_path: Path) -> None:
    path = programs(tmp_path / "bin")
    refused = checkout.run(sys.executable, "-m", "fast_synth", "-m", "ops", "demo", code=1, PATH=path)
    assert "terraform is not on the PATH: install 1.11.0 or newer" in only_line(refused.stderr)
    assert not (checkout.path / ".local/aws/state.json").exists()


def test_a_terraform_that_is_too_old_is_reported(checkout: Checkout, tmp_path: Path) -> None:
    answer = json.dumps({"terraform_version": "1.9.8"})
    path = programs(tmp_path / "bin", terraform=f"echo '{answer}'")
    refused = checkout.run(
        sys.executable, "-m", "fast_synth", "-m", "ops.cdktf", "deploy", "dev-platform", code=1, PATH=path
    )
    line = only_line(refused.stderr)
    assert "terraform 1.9.8" in line
    assert "is too old: install 1.11.0 or newer" in line


def test_a_missing_node_is_reported(checkout: Checkout, tmp_path: Path) -> None:
    bare = Checkout.make(tmp_path / "bare")
    (bare.path / ".venv").unlink()
    path = programs(tmp_path / "bin")
    node = f"{ROOT}/.venv/bin/node"
    refused = bare.run(sys.executable, "-m", "fast_synth", "-m", "ops", "demo", code=1, PATH=path, JSII_NODE=node)
    assert "Node is missing: run `make install`" in only_line(refused.stderr)


def test_a_missing_cdktf_cli_is_reported(checkout: Checkout, tmp_path: Path) -> None:
    bare = Checkout.make(tmp_path / "bare")
    (bare.path / "node_modules").unlink()
    refused = bare.cdktf("convert", code=1)
    assert "cdktf-cli is missing from node_modules: run `make install`" in only_line(refused.stderr)


def test_a_mirror_without_the_provider_is_reported(checkout: Checkout, tmp_path: Path) -> None:
    refused = checkout.ops("demo", code=1, AIRFLOW_ON_AWS_PROVIDER_MIRROR=str(tmp_path))
    line = only_line(refused.stderr)
    assert f"AIRFLOW_ON_AWS_PROVIDER_MIRROR={tmp_path} has no registry.terraform.io/hashicorp/aws/5.100.0" in line


def test_a_provider_that_is_in_no_mirror_and_no_registry_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    monkeypatch.delenv(install.MIRROR_VARIABLE, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(install, "_ADD_ONS", tmp_path)
    monkeypatch.setattr(install, "REGISTRY", "127.0.0.1:1")
    with pytest.raises(OpsError, match=r"is in no local mirror and .* cannot be reached") as refused:
        install.provider_settings()
    assert "\n" not in str(refused.value)


def test_a_mirror_is_searched_in_the_variable_then_in_terraforms_folders_then_in_the_add_ons(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(install.MIRROR_VARIABLE, raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(install, "_ADD_ONS", tmp_path / "add-ons")
    mirrors = {
        "add-ons": tmp_path / "add-ons/mirror",
        "implied": tmp_path / "home/.terraform.d/plugins",
        "variable": tmp_path / "own",
    }
    assert install.find_mirror() is None
    for name, mirror in mirrors.items():
        (mirror / install.PROVIDER / install.PROVIDER_VERSION / install._machine()).mkdir(parents=True)
        if name == "variable":
            monkeypatch.setenv(install.MIRROR_VARIABLE, str(mirror))
        assert install.find_mirror() == mirror


def test_missing_credentials_are_reported(checkout: Checkout) -> None:
    refused = checkout.cdktf("deploy", "dev-platform", code=1, **NO_CREDENTIALS)
    assert "no AWS credentials for account 111111111111: set AWS_PROFILE" in only_line(refused.stderr)


def test_a_stopped_local_aws_is_reported(checkout: Checkout) -> None:
    refused = checkout.cdktf("deploy", "local-platform", code=1)
    assert "the local AWS is not running: start it with" in only_line(refused.stderr)


def test_an_unknown_stack_is_reported_with_the_closest_name(checkout: Checkout) -> None:
    refused = checkout.cdktf("deploy", "dev-platfrom", code=1)
    assert "no stack matches 'dev-platfrom': did you mean dev-platform?" in only_line(refused.stderr)


def test_an_unknown_environment_is_reported_with_the_closest_name(checkout: Checkout) -> None:
    refused = checkout.ops("bootstrap", "dve", code=1)
    assert "environment 'dve' does not exist: did you mean dev?" in only_line(refused.stderr)


@pytest.mark.parametrize("command", ["build", "push"])
def test_an_image_for_an_unknown_environment_is_reported(checkout: Checkout, command: str) -> None:
    refused = checkout.ops("image", command, "dve", code=1)
    assert "environment 'dve' does not exist: did you mean dev?" in only_line(refused.stderr)


def test_a_missing_container_engine_is_reported(checkout: Checkout) -> None:
    checkout.ops("local-aws", "start")
    for command in (["build", "dev"], ["build", "dev", "--json"], ["push", "local"]):
        refused = checkout.ops("image", *command, code=1)
        assert "no container engine: install and start Docker" in only_line(refused.stderr)
        assert refused.stdout == ""
    assert not (checkout.path / "environments/local/image.tfvars").exists()


def test_an_image_for_another_airflow_version_than_the_lock_file_is_reported(
    checkout: Checkout, tmp_path: Path
) -> None:
    copy = Checkout.make(tmp_path / "copy")
    with (copy.path / "environments/dev/platform.tfvars").open("a") as file:
        file.write('image = { version = "3.0.0" }\n')
    # The recorded image is for another version, too; this must not prevent building the right one.
    save_image(copy.path / "environments/dev", "sha256:" + "ab" * 32, "3.3.2-abc", "3.3.2")
    assert 'version = "3.3.2": the platform needs 3.0.0; ' in only_line(copy.cdktf("list", code=1).stderr)
    refused = copy.ops("image", "build", "dev", code=1)
    assert 'image.version = "3.0.0", but airflow/requirements.txt has' in only_line(refused.stderr)


def test_a_missing_remote_state_is_reported(checkout: Checkout) -> None:
    checkout.ops("local-aws", "start")
    refused = checkout.cdktf("deploy", "local-platform", "--auto-approve", code=1)
    assert "run `pipenv run ops bootstrap <environment>`" in only_line(refused.stderr)


def test_credentials_of_another_account_are_reported(checkout: Checkout) -> None:
    somebody = {"AWS_ENDPOINT_URL": checkout.local_aws.endpoint_url, "AWS_ACCESS_KEY_ID": "333333333333"}
    refused = checkout.cdktf("deploy", "dev-platform", code=1, AWS_SECRET_ACCESS_KEY="x", **NO_CREDENTIALS, **somebody)  # noqa: S106 - the emulator takes any
    line = only_line(refused.stderr)
    assert "the AWS credentials are for account 333333333333, this environment is in 111111111111" in line


def test_an_invalid_file_is_reported_before_anything_starts(checkout: Checkout, tmp_path: Path) -> None:
    copy = Checkout.make(tmp_path / "copy")
    file = copy.path / "environments/local/platform.tfvars"
    file.write_text(file.read_text().replace("owner ", "onwer "))
    for refused in (copy.ops("demo", code=1), copy.cdktf("list", code=1)):
        assert [line.split(": ", 2)[2] for line in refused.stderr.splitlines()] == [
            'owner: is missing; add owner = "data-team@example.org"',
            'onwer = "you@localhost": unknown key; did you mean owner?',
        ]
    assert not (copy.path / ".local").exists()
