"""The documents, and the files that GitHub and pre-commit read."""

import re
import subprocess

import pytest
import yaml

from tests.checkout import ROOT

# A project's repository has files of the same names.
PROJECT = ROOT / "templates/project"
# Files that a command or an operator creates.
CREATED = re.compile(r"environments/[\w-]+/image\.tfvars|environments/branch-.*|terraform/plugins")
ROW = re.compile(r"^\| `([\w./]+)/` \| (.+) \|$", re.MULTILINE)


def tracked(*patterns: str) -> list[str]:
    """The files that git knows."""
    listing = ["git", "ls-files", *patterns]
    return subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def layout(page: str) -> dict[str, str]:
    """The rows of the layout table of a page."""
    table = (ROOT / page).read_text().split("\n## Layout\n")[1].split("\n## ")[0]
    return dict(ROW.findall(table))


def test_the_layout_tables_have_every_folder() -> None:
    assert sorted(layout("README.md")) == sorted({file.split("/")[0] for file in tracked("*/*")})


def test_readme_and_architecture_share_one_layout_table() -> None:
    assert layout("README.md") == layout("docs/architecture.md")


def test_contributing_lists_every_folder_of_the_tests() -> None:
    section = (ROOT / "CONTRIBUTING.md").read_text().split("\n## Tests\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.+?`) \| (.+) \|$", section, re.MULTILINE)
    listed = {folder: contents for folders, contents in rows for folder in re.findall(r"`(\w+)`", folders)}
    assert listed.keys() == {
        file.parent.relative_to(ROOT / "tests").parts[0] for file in (ROOT / "tests").glob("*/**/*.py")
    }
    mirrors = {folder for folder, contents in listed.items() if contents == "the source folder of that name"}
    assert len(mirrors) > 5
    assert mirrors <= layout("README.md").keys()
    tested = {str(file.parent.relative_to(ROOT / "tests")) for file in (ROOT / "tests").rglob("test_*.py")}
    assert {"modules/platform", "ops/stacks"} <= tested
    assert [folder for folder in tested if folder.split("/")[0] in mirrors and not (ROOT / folder).is_dir()] == []


def anchors(page: str) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def exists(page: str, link: str) -> bool:
    file, _, anchor = link.partition("#")
    target = (ROOT / page).parent / file if file else ROOT / page
    return target.exists() and (not anchor or anchor in anchors(str(target.resolve().relative_to(ROOT))))


def test_every_link_between_documents_leads_somewhere() -> None:
    links = [
        (page, link) for page in tracked("*.md") for link in re.findall(r"\]\(([^)\s]+)\)", (ROOT / page).read_text())
    ]
    ours = [(page, link) for page, link in links if not link.startswith(("http://", "https://"))]
    assert len(ours) > 100
    assert [f"{page}: {link}" for page, link in ours if not exists(page, link)] == []


def test_every_path_in_the_documents_exists() -> None:
    path = re.compile(rf"`((?:{'|'.join(map(re.escape, layout('README.md')))})/[\w./-]+)`")
    pages = [page for page in tracked("*.md") if page != "CHANGELOG.md"]
    named = {(page, found) for page in pages for found in path.findall((ROOT / page).read_text())}
    assert named
    existing = [found for _, found in named if any((at / found).exists() for at in (ROOT, PROJECT))]
    missing = [(page, found) for page, found in named if found not in existing and not CREATED.fullmatch(found)]
    assert missing == []


@pytest.mark.parametrize("folder", [".github/workflows", "templates/project/.github/workflows"])
def test_actions_are_pinned_by_digest_with_their_version(folder: str) -> None:
    text = "".join(workflow.read_text() for workflow in (ROOT / folder).iterdir())
    actions = [action for action in re.findall(r"uses: (.+)", text) if not action.startswith(("$/", "./"))]
    assert actions
    assert [action for action in actions if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)] == []


def test_github_runs_what_ci_runs() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    assert [step["run"].split()[-1] for job in jobs.values() for step in job["steps"] if "run" in step] == [".ci/run"]


def test_a_commit_is_checked_by_the_commands_of_make_check() -> None:
    check = (ROOT / "Makefile").read_text().replace("$(BIN)", ".venv/bin")
    [repository] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = [hook for hook in repository["hooks"] if "stages" not in hook]
    entries = [hook["entry"].removesuffix(" --force-exclude") for hook in hooks]
    assert entries
    assert [entry for entry in entries if f"@{entry}" not in check] == []


@pytest.mark.parametrize("subject", ["Add a hook", "Add 1.2 of a hook", "X" * 72])
def test_a_commit_subject_by_the_rules_passes(subject: str) -> None:
    assert not refused_subject(f"{subject}\n\nSays why.\n")


@pytest.mark.parametrize("subject", ["add a hook", "Add a hook.", "X" * 73])
def test_a_commit_subject_against_the_rules_is_refused(subject: str) -> None:
    assert refused_subject(f"{subject}\n\nSays why.\n")
    assert refused_subject(subject)


def refused_subject(message: str) -> bool:
    """pre-commit's `pygrep --multiline` searches like this, and fails where it finds something."""
    [repository] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    [hook] = [hook for hook in repository["hooks"] if hook["id"] == "subject"]
    return bool(re.search(hook["entry"], message, re.DOTALL | re.MULTILINE))
