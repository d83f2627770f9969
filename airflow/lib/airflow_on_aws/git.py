"""Git as the platform uses it on other people's repositories: no prompt, no hook, no submodule, no waiting for ever."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

ASK_SECONDS = 30.0
CLONE_SECONDS = 300.0
PASSED = ("PATH", "HOME", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR")


class GitError(Exception):
    """One line: what git was asked, and what it answered."""


def head(url: str, branch: str) -> str:
    """The commit that a branch is at; raises GitError."""
    answer = _git(["ls-remote", "--", url, f"refs/heads/{branch}"], ASK_SECONDS, url)
    if not answer:
        raise GitError(f"{url} has no branch {branch}; correct the branch")
    return answer.split()[0]


def clone(url: str, branch: str, folder: Path) -> str:
    """The files that a branch has now, into a new folder; its commit. Raises GitError."""
    options = ["--quiet", "--depth=1", "--single-branch", "--no-tags", "--no-recurse-submodules", "--template="]
    _git(["clone", *options, "--branch", branch, "--", url, str(folder)], CLONE_SECONDS, url)
    return _git(["-C", str(folder), "rev-parse", "HEAD"], ASK_SECONDS, url)


def _git(arguments: Sequence[str], seconds: float, url: str) -> str:
    command = ["git", "-c", "core.hooksPath=/dev/null", "-c", "credential.helper=", *arguments]
    process = subprocess.Popen(
        command,
        env=_environment(url),
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
        raise GitError(f"{url} did not answer within {seconds:g} s; see whether it can be reached from here") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # git's own children hold the connection
            process.wait()
    if process.returncode:
        said = [line for line in errors.splitlines() if line and not line.startswith(("warning:", "hint:"))]
        reason = (said or [f"exit code {process.returncode}"])[0]
        raise GitError(f"{url}: {reason.strip()}; see to the URL, and to the key if the repository is private")
    return output.strip()


def _environment(url: str) -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED if name in os.environ}
    return {
        **passed,
        "GIT_ALLOW_PROTOCOL": "file" if url.startswith("file:") else "https:ssh",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
        # The deploy key of a private repository will be named here.
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=15 -o StrictHostKeyChecking=yes",
    }
