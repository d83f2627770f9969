"""The image digest that `ops image push` records."""

from pathlib import Path

import pytest

from configuration.image import IMAGE_FILE, delete_image, save_image
from configuration.load import load
from tests.configuration.files import PLATFORM, load_refusals, write

DIGEST, OTHER = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32


def digest(root: Path) -> str | None:
    return load(root)["dev"].platform.image.digest


def test_a_recorded_digest_is_used_until_it_is_deleted(tmp_path: Path) -> None:
    write(tmp_path, {"dev/platform.tfvars": PLATFORM + 'image = {\n  version = "3.1.0"\n}\n'})
    assert digest(tmp_path) is None
    assert save_image(tmp_path / "dev", DIGEST, "3.1.0-abc", "3.1.0")
    assert digest(tmp_path) == DIGEST
    assert load(tmp_path)["dev"].platform.image.version == "3.1.0"
    delete_image(tmp_path / "dev")
    delete_image(tmp_path / "dev")
    assert digest(tmp_path) is None


def test_an_unchanged_record_is_not_written(tmp_path: Path) -> None:
    write(tmp_path, {"dev/platform.tfvars": PLATFORM})
    assert [save_image(tmp_path / "dev", one, "tag", "3.3.2") for one in (DIGEST, DIGEST, OTHER)] == [True, False, True]
    assert digest(tmp_path) == OTHER
    assert [file.name for file in (tmp_path / "dev").iterdir()] == ["image.tfvars", "platform.tfvars"]


def test_the_file_names_the_command_that_writes_it_and_the_tag(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    save_image(tmp_path / "dev", DIGEST, "3.1.0-abc", "3.1.0")
    assert (tmp_path / "dev" / IMAGE_FILE).read_text().splitlines() == [
        "# Written by `pipenv run ops image push dev`: the image that runs.",
        f'digest       = "{DIGEST}" # 3.1.0-abc',
        'version      = "3.1.0"',
        'architecture = "X86_64"',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('version = "3.1.0"\n', 'dev/image.tfvars:2: version = "3.1.0": the platform needs 3.3.2; '),
        ('architecture = "ARM64"\n', 'dev/image.tfvars:2: architecture = "ARM64": the platform needs X86_64; '),
    ],
)
def test_an_image_for_other_settings_is_refused_except_by_image_push(tmp_path: Path, text: str, said: str) -> None:
    files = {"dev/platform.tfvars": PLATFORM, "dev/image.tfvars": f'digest = "{DIGEST}"\n{text}'}
    assert load_refusals(tmp_path, files) == [f"{said}run `pipenv run ops image push dev`"]
    assert load(tmp_path, outdated_images=True)["dev"].platform.image.version == "3.3.2"


def test_a_record_with_only_a_digest_is_accepted(tmp_path: Path) -> None:
    write(tmp_path, {"dev/platform.tfvars": PLATFORM, "dev/image.tfvars": f'digest = "{DIGEST}" # 3.1.0-abc\n'})
    assert digest(tmp_path) == DIGEST


def test_a_digest_in_two_files_is_refused(tmp_path: Path) -> None:
    files = {
        "dev/platform.tfvars": PLATFORM + f'image = {{\n  digest = "{OTHER}"\n}}\n',
        "dev/image.tfvars": f'digest = "{DIGEST}"\n',
    }
    (said,) = load_refusals(tmp_path, files)
    assert said.startswith('dev/platform.tfvars:17: image.digest = "sha256:cdcd')
    assert said.endswith("is also set in image.tfvars; delete it here, or delete that file")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('digest = "latest"\n', "dev/image.tfvars:1: digest"),
        ('version = "3.1.0"\n', "dev/image.tfvars: digest: is missing"),
    ],
)
def test_a_malformed_record_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert load_refusals(tmp_path, {"dev/platform.tfvars": PLATFORM, "dev/image.tfvars": text})[0].startswith(said)
