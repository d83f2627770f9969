"""Git as the platform uses it on other people's repositories: no prompt, no hook, no submodule, no waiting for ever."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

ASK_SECONDS = 30.0
CLONE_SECONDS = 300.0
SSH = "ssh -o BatchMode=yes -o ConnectTimeout=15 -o StrictHostKeyChecking=yes"
PASSED = ("PATH", "HOME", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR")


class GitError(Exception):
    """One line: what git was asked, and what it answered."""


def head(url: str, branch: str, ssh: str = SSH) -> str:
    """The commit that a branch, or a tag as `refs/tags/v1`, is at; raises GitError."""
    ref = _ref(branch)
    # A tag with a message is an object of its own, followed by the commit that it means.
    found = _git(["ls-remote", "--", url, ref, f"{ref}^{{}}"], ASK_SECONDS, url, ssh)
    if not found:
        raise GitError(f"{url} has no branch {branch}; correct the branch")
    return found.splitlines()[-1].split()[0]


def clone(url: str, branch: str, folder: Path, ssh: str = SSH) -> str:
    """The files that a branch or tag has now, into a new folder; its commit. Raises GitError."""
    here = ["-C", str(folder)]
    _git(["init", "--quiet", "--template=", str(folder)], ASK_SECONDS, url, ssh)
    options = ["--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules"]
    _git([*here, "fetch", *options, "--", url, _ref(branch)], CLONE_SECONDS, url, ssh)
    _git([*here, "checkout", "--quiet", "--detach", "FETCH_HEAD"], CLONE_SECONDS, url, ssh)
    return _git([*here, "rev-parse", "HEAD"], ASK_SECONDS, url, ssh)


def _ref(branch: str) -> str:
    return branch if branch.startswith("refs/tags/") else f"refs/heads/{branch}"


def _git(arguments: Sequence[str], seconds: float, url: str, ssh: str) -> str:
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


def _environment(url: str, ssh: str) -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED if name in os.environ}
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
