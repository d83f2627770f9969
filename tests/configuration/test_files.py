"""Missing, misplaced and malformed files and folders."""

from pathlib import Path

import pytest

from configuration.load import load
from configuration.problems import ConfigError
from configuration.tfvars import read
from modules.platform.config import PlatformConfig
from tests.configuration.files import PLATFORM, PROJECT, load_refusals, refusals, relative, write

GOOD = {"dev/platform.tfvars": PLATFORM, "dev/projects/weather.tfvars": PROJECT}


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path / "platform.tfvars", PlatformConfig)
    message = "cannot be read (No such file or directory); check that it exists and its mode"
    assert relative(refused.value, tmp_path) == [f"platform.tfvars: {message}"]


def test_a_folder_in_place_of_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "dev/projects/weather.tfvars").mkdir(parents=True)
    message = "cannot be read (Is a directory); check that it exists and its mode"
    assert load_refusals(tmp_path, {"dev/platform.tfvars": PLATFORM}) == [f"dev/projects/weather.tfvars: {message}"]


@pytest.mark.parametrize(
    ("text", "byte"), [(b"\xff\xfe", 0), ("é = 1".encode("latin-1"), 0), (b'a = "\xed\xa0\x80"', 5)]
)
def test_a_file_that_is_not_utf_8_is_reported(tmp_path: Path, text: bytes, byte: int) -> None:
    assert refusals(tmp_path, text) == [f"platform.tfvars: byte {byte} is not UTF-8; save the file as UTF-8"]


def test_an_empty_file_is_reported_with_every_required_field(tmp_path: Path) -> None:
    missing = [line.split()[1] for line in refusals(tmp_path, "")]
    assert missing == ["account_id:", "region:", "owner:", "network:", "entry:"]


@pytest.mark.parametrize("change", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")])
def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path, change: object) -> None:
    assert callable(change)
    (tmp_path / "platform.tfvars").write_bytes(change(PLATFORM).encode())
    config, values = read(tmp_path / "platform.tfvars", PlatformConfig)
    assert config.region == "us-east-1"
    assert values.lines[("region",)] == 2


def test_all_problems_of_all_files_are_reported_together(tmp_path: Path) -> None:
    bad = {"dev/projects/a.tfvars": "owner = 1", "dev/projects/b.tfvars": "owner =", "prod/platform.tfvars": ""}
    files = {line.split(":")[0] for line in load_refusals(tmp_path, {**GOOD, **bad})}
    assert files == {"dev/projects/a.tfvars", "dev/projects/b.tfvars", "prod/platform.tfvars"}


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    said = refusals(tmp_path, PLATFORM + 'tags = { "\x1b[2J" = 1 }')
    assert said
    assert not any("\x1b" in line for line in said)


@pytest.mark.parametrize(
    ("file", "refusal"),
    [
        ("dev/projects/readme.md", "dev/projects/readme.md: is not a tfvars file; name it <project>.tfvars, or move it away"),
        ("dev/terraform.tfvars", "dev/terraform.tfvars: is not read: only platform.tfvars, image.tfvars and projects/*.tfvars are; rename it, or move it away"),
        ("dev/project/weather.tfvars", "dev/project: is not read: only platform.tfvars, image.tfvars and projects/*.tfvars are; rename it, or move it away"),
        ("prod/projects/weather.tfvars", "prod/platform.tfvars: project weather is in an environment that has no platform; write this file, or delete the folder prod"),
        ("prod/notes.txt", "prod/platform.tfvars: is missing; write this file, or delete the folder prod"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_read_is_reported(tmp_path: Path, file: str, refusal: str) -> None:
    assert load_refusals(tmp_path, {**GOOD, file: PROJECT}) == [refusal]


def test_a_file_called_projects_is_reported(tmp_path: Path) -> None:
    files = {"dev/platform.tfvars": PLATFORM, "dev/projects": ""}
    assert load_refusals(tmp_path, files) == [
        "dev/projects: is not a folder; projects are files in a folder of that name"
    ]


def test_files_of_editors_and_git_are_ignored(tmp_path: Path) -> None:
    write(
        tmp_path, {**GOOD, "dev/projects/.gitkeep": "", "dev/.DS_Store": "", "__pycache__/x": "", "dev/README.md": ""}
    )
    assert list(load(tmp_path)["dev"].projects) == ["weather"]


def test_a_missing_environments_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a folder; create it, with a folder for each environment"):
        load(tmp_path / "environments")
