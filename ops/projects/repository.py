"""Repository of a project's DAGs, created from templates/project with copier."""

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
    """Answers to the questions of copier.yml."""

    project: str
    owner: str
    airflow_version: str


def create_repository(folder: Path, answers: Answers, url: str) -> None:
    """Create a git repository with one commit, in a temporary folder that is then renamed; raises OpsError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
        new = Path(temporary) / folder.name
        if _is_git_checkout():
            # By its URL: from a folder copier would include uncommitted changes, with a commit that exists nowhere.
            render(f"git+{ROOT.as_uri()}", new, answers)
            _set_source(new, _published_url())
        else:
            render_working_tree(new, answers)
        _git(new, "init", "--quiet", f"--initial-branch={BRANCH}")
        if not url.startswith("file:"):
            _git(new, "remote", "add", "origin", url)
        _git(new, "add", "--all")
        _git(new, *_author(answers.owner), "commit", "--quiet", "--message", f"{answers.project}: from the template")
        new.rename(folder)


def render(source: str, folder: Path, answers: Answers) -> None:
    """Render the template of a folder, or of the newest commit of a git repository."""
    from copier import run_copy  # imported here: it takes 0.3 s
    from copier.errors import CopierError

    try:
        run_copy(source, folder, data=asdict(answers), vcs_ref="HEAD", defaults=True, quiet=True)
    except CopierError as error:
        raise OpsError(f"the template in {source} cannot be rendered: {error}") from None


def render_working_tree(folder: Path, answers: Answers) -> None:
    """Render the template with the uncommitted changes of this checkout; the result cannot be updated by copier."""
    with tempfile.TemporaryDirectory() as temporary:
        shutil.copy(ROOT / "copier.yml", temporary)
        caches = shutil.ignore_patterns(".*_cache", "__pycache__")
        shutil.copytree(ROOT / "templates/project", Path(temporary) / "templates/project", ignore=caches)
        render(temporary, folder, answers)


def project_of(folder: Path) -> str | None:
    """Return the project of a repository, or None if it was not created from the template."""
    try:
        found = re.search(r"^project: (\S+)$", (folder / ANSWERS).read_text(), re.MULTILINE)
    except OSError:
        return None
    return found[1].strip("'\"") if found else None


def email() -> str | None:
    """Return the user's e-mail address in git's configuration."""
    return _git_output(Path.cwd(), "config", "user.email") or None


def _is_git_checkout() -> bool:
    """Return whether this checkout is a git repository with the template, to which copier can refer for updates."""
    committed = _git_output(ROOT, "ls-tree", "--name-only", "HEAD", "copier.yml")
    return bool(committed) and Path(_git_output(ROOT, "rev-parse", "--show-toplevel")) == ROOT


def _published_url() -> str:
    """Return the URL of the template: the remote's if the remote has this commit, otherwise the checkout's path."""
    pushed = _git_output(ROOT, "branch", "--remotes", "--contains", "HEAD", "--list", "origin/*")
    url = _git_output(ROOT, "remote", "get-url", "origin") if pushed else ""
    return re.sub(r"(?<=://)[^/@]*@", "", url) if url.startswith("http") else url or str(ROOT)


def _set_source(folder: Path, source: str) -> None:
    answers = folder / ANSWERS
    answers.write_text(re.sub(r"^_src_path: .*$", lambda _: f"_src_path: {source}", answers.read_text(), flags=re.M))


def _author(owner: str) -> list[str]:
    """Return options with an author, without whom git does not commit."""
    return [] if email() else ["-c", f"user.name={owner}", "-c", f"user.email={owner}"]


def _git_output(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _git(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OpsError(f"git {' '.join(arguments)}: {' '.join(done.stderr.split())}")
