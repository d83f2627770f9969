"""A project's repository of DAGs, made from templates/project with copier."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from ops.errors import OpsError
from ops.paths import ROOT

BRANCH = "main"
ANSWERS = ".copier-answers.yml"


@dataclass(frozen=True)
class Answers:
    """What copier.yml asks."""

    project: str
    owner: str
    airflow_version: str


def create_repository(folder: Path, answers: Answers, url: str) -> None:
    """A new git repository with one commit, complete from the moment that it has its name; raises OpsError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as aside:
        made = Path(aside) / folder.name
        if _is_git_checkout():
            # Not the folder, of which copier would take what is not committed, under a commit that nobody has.
            render(f"git+{ROOT.as_uri()}", made, answers)
            _set_source(made, _published_url())
        else:
            render_working_tree(made, answers)
        _git(made, "init", "--quiet", f"--initial-branch={BRANCH}")
        if not url.startswith("file:"):
            _git(made, "remote", "add", "origin", url)
        _git(made, "add", "--all")
        _git(made, *_author(answers.owner), "commit", "--quiet", "--message", f"{answers.project}: from the template")
        made.rename(folder)


def render(source: str, folder: Path, answers: Answers) -> None:
    """The template's files, of a folder or of a git repository's newest commit."""
    from copier import run_copy  # 0.3 s: only where it is needed
    from copier.errors import CopierError

    try:
        run_copy(source, folder, data=asdict(answers), vcs_ref="HEAD", defaults=True, quiet=True)
    except CopierError as error:
        raise OpsError(f"the template in {source} cannot be used: {error}") from None


def render_working_tree(folder: Path, answers: Answers) -> None:
    """The template's files as they are in this checkout, for use on this machine: there are no versions to come."""
    with tempfile.TemporaryDirectory() as aside:
        shutil.copy(ROOT / "copier.yml", aside)
        caches = shutil.ignore_patterns(".*_cache", "__pycache__")
        shutil.copytree(ROOT / "templates/project", Path(aside) / "templates/project", ignore=caches)
        render(aside, folder, answers)


def project_of(folder: Path) -> str | None:
    """Which project a repository was made for; None if it was not made from the template."""
    try:
        found = re.search(r"^project: (\S+)$", (folder / ANSWERS).read_text(), re.MULTILINE)
    except OSError:
        return None
    return found[1].strip("'\"") if found else None


def email() -> str | None:
    """Of whoever types this, as git knows it."""
    return _git_output(Path.cwd(), "config", "user.email") or None


def _is_git_checkout() -> bool:
    """Whether this checkout has versions that copier could come back to."""
    committed = _git_output(ROOT, "ls-tree", "--name-only", "HEAD", "copier.yml")
    return bool(committed) and Path(_git_output(ROOT, "rev-parse", "--show-toplevel")) == ROOT


def _published_url() -> str:
    """Where others find the template's commit: the checkout's remote if it has it, or else the checkout."""
    pushed = _git_output(ROOT, "branch", "--remotes", "--contains", "HEAD", "--list", "origin/*")
    url = _git_output(ROOT, "remote", "get-url", "origin") if pushed else ""
    return re.sub(r"(?<=://)[^/@]*@", "", url) if url.startswith("http") else url or str(ROOT)


def _set_source(folder: Path, source: str) -> None:
    answers = folder / ANSWERS
    answers.write_text(re.sub(r"^_src_path: .*$", lambda _: f"_src_path: {source}", answers.read_text(), flags=re.M))


def _author(owner: str) -> list[str]:
    """Git refuses to commit for nobody."""
    return [] if email() else ["-c", f"user.name={owner}", "-c", f"user.email={owner}"]


def _git_output(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _git(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OpsError(f"git {' '.join(arguments)}: {' '.join(done.stderr.split())}")
