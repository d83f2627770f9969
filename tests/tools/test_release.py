import subprocess
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tools import release

PYPROJECT = '[project]\nversion = "1.2.0"\n'
CHANGELOG = """# Changelog

## [Unreleased]
## [1.2.0] - 2027-01-31
### Added
- Alarms.

## [1.1.0] - 2026-12-24
### Fixed
- A leak.
"""


def test_the_notes_are_the_section_of_the_tags_version() -> None:
    assert release.notes("v1.2.0", PYPROJECT, CHANGELOG) == "### Added\n- Alarms.\n"


def test_the_last_section_ends_with_the_file() -> None:
    assert release.section(CHANGELOG, "1.1.0") == ("2026-12-24", "### Fixed\n- A leak.\n")


@pytest.mark.parametrize(
    ("tag", "pyproject", "changelog", "refusal"),
    [
        ("v1.3.0", PYPROJECT, CHANGELOG, r"tag v1\.3\.0 does not match version 1\.2\.0"),
        ("1.2.0", PYPROJECT, CHANGELOG, r"tag 1\.2\.0 does not match version 1\.2\.0"),
        ("v1.2", '[project]\nversion = "1.2"\n', CHANGELOG, "'1.2' is not a semantic version"),
        ("v1.3.0", '[project]\nversion = "1.3.0"\n', CHANGELOG, r"0 headings `## \[1\.3\.0\]"),
        ("v1.2.0", PYPROJECT, CHANGELOG * 2, "2 headings"),
        ("v1.2.0", PYPROJECT, CHANGELOG.replace("2027-01-31", "Unreleased"), "section 1.2.0 is dated 'Unreleased'"),
        ("v1.2.0", PYPROJECT, "## [1.2.0] - 2027-01-31\n\n## [1.1.0] - 2026-12-24\n- A leak.\n", "is empty"),
    ],
)
def test_what_does_not_agree_is_refused(tag: str, pyproject: str, changelog: str, refusal: str) -> None:
    with pytest.raises(release.ReleaseError, match=refusal):
        release.notes(tag, pyproject, changelog)


def test_this_version_has_a_section() -> None:
    assert release.main([]).startswith(release.version((ROOT / "pyproject.toml").read_text()))


@pytest.mark.parametrize("module", ["platform", "infrastructure", "workflows"])
def test_terraform_gets_a_module_by_a_tag(tmp_path: Path, module: str) -> None:
    repository, root = tmp_path / "repository", tmp_path / "root"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    subprocess.run(["cp", "-r", ROOT / "terraform", repository], check=True)
    git = ["git", "-C", str(repository), "-c", "user.name=test", "-c", "user.email=test@example.org"]
    commands = [["add", "."], ["commit", "--quiet", "--message", "Release"], ["tag", "v1.2.0"]]
    for command in commands:
        subprocess.run([*git, *command], check=True)
    (root / "main.tf").write_text(
        f'module "it" {{\n  source = "git::file://{repository}//terraform/{module}?ref=v1.2.0"\n}}\n'
    )
    subprocess.run(["terraform", "get"], cwd=root, check=True, capture_output=True)
    assert (root / f".terraform/modules/it/terraform/{module}/main.tf").is_file()
