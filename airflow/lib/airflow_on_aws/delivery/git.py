"""Git for projects' repositories: without prompts, hooks, submodules or waiting without a limit."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

QUERY_SECONDS = 30.0
CLONE_SECONDS = 300.0
SSH = "ssh -o BatchMode=yes -o ConnectTimeout=15 -o StrictHostKeyChecking=yes"
PASSED_VARIABLES = (
    "PATH", "HOME", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip


class GitError(Exception):
    """Failed git command: repository, git's message and remedy, on one line."""


def latest_commit(url: str, branch: str, ssh: str = SSH) -> str:
    """Return the commit of a branch, or of a tag (`refs/tags/v1`); raises GitError."""
    ref = _ref(branch)
    # ls-remote shows the object of an annotated tag; `^{}` adds a line with the tagged commit.
    found = _run_git(["ls-remote", "--", url, ref, f"{ref}^{{}}"], QUERY_SECONDS, url, ssh)
    if not found:
        raise GitError(f"{url} has no branch {branch}; correct the branch")
    return found.splitlines()[-1].split()[0]


def clone(url: str, branch: str, folder: Path, ssh: str = SSH) -> str:
    """Check out a branch or tag into a new folder, without history; return the commit. Raises GitError."""
    here = ["-C", str(folder)]
    _run_git(["init", "--quiet", "--template=", str(folder)], QUERY_SECONDS, url, ssh)
    options = ["--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules"]
    _run_git([*here, "fetch", *options, "--", url, _ref(branch)], CLONE_SECONDS, url, ssh)
    _run_git([*here, "checkout", "--quiet", "--detach", "FETCH_HEAD"], CLONE_SECONDS, url, ssh)
    return _run_git([*here, "rev-parse", "HEAD"], QUERY_SECONDS, url, ssh)


def _ref(branch: str) -> str:
    return branch if branch.startswith("refs/tags/") else f"refs/heads/{branch}"


def _run_git(arguments: Sequence[str], seconds: float, url: str, ssh: str) -> str:
    command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "credential.helper=", *arguments]
    process = subprocess.Popen(
        command,
        env=_environment(url, ssh),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise GitError(f"{url} did not answer within {seconds:g} s; check that it can be reached from here") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # git's child processes hold the connection
            process.wait()
    if process.returncode:
        lines = [line for line in errors.splitlines() if line and not line.startswith(("warning:", "hint:"))]
        reason = (lines or [f"exit code {process.returncode}"])[0]
        raise GitError(f"{url}: {reason.strip()}; check the URL, and the key if the repository is private")
    return output.strip()


def _environment(url: str, ssh: str) -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ}
    return {
        **passed,
        "GIT_ALLOW_PROTOCOL": "file" if url.startswith("file:") else "https:ssh",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        "GIT_SSH_COMMAND": ssh,
    }
