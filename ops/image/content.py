"""Content of the image, and the tag that is derived from it."""

import hashlib
import io
import json
import re
import subprocess
import tarfile
from dataclasses import dataclass
from string import Template

from configuration.environment import Environment
from configuration.load import PLATFORM_FILE
from modules.task import CPU_ARCHITECTURE
from ops.errors import OpsError
from ops.paths import ENVIRONMENTS, ROOT

AIRFLOW = ROOT / "airflow"
# Platform of the task definitions, in the notation of container engines.
PLATFORM = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}[CPU_ARCHITECTURE]


@dataclass(frozen=True)
class Content:
    """All inputs of a build."""

    version: str
    base: str
    """Name and tag of the base image."""
    arguments: dict[str, str]
    context: bytes
    """The Dockerfile and the files that it copies, as a reproducible tar archive."""

    @classmethod
    def of(cls, environment: Environment, base_image: str | None = None) -> "Content":
        """Return the content of an environment's image; raises OpsError if ``airflow/`` is for another version of Airflow."""
        version = environment.platform.image.version
        check_requirements(version, (AIRFLOW / "requirements.txt").read_text(), environment.name)
        arguments = {"AIRFLOW_VERSION": version, **({"BASE_IMAGE": base_image} if base_image else {})}
        return cls(version, parent_image((AIRFLOW / "Dockerfile").read_text(), arguments), arguments, _context())

    def tag(self, base_digest: str) -> str:
        """Return a tag that depends on the content only: builder and commit are in the image's labels."""
        parts = hashlib.sha256(self.context).hexdigest(), self.arguments, base_digest, PLATFORM
        return f"{self.version}-{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]}"


def check_requirements(version: str, requirements: str, environment: str) -> None:
    """Raise OpsError unless ``requirements`` pins this version of Airflow."""
    found = re.search(r"^apache-airflow==(\S+)", requirements, re.MULTILINE)
    if not found or found[1] != version:
        raise OpsError(
            f'{ENVIRONMENTS / environment / PLATFORM_FILE}: image.version = "{version}", but airflow/requirements.txt has '
            f"{found[1] if found else 'none'}: set image.version to that, or change airflow/requirements.in and run `make lock`"
        )


def parent_image(dockerfile: str, arguments: dict[str, str]) -> str:
    """Return the image in the Dockerfile's FROM."""
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)$", dockerfile, re.MULTILINE))
    (reference,) = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    return Template(reference).substitute(defaults | arguments)


def provenance() -> dict[str, str]:
    """Return the build arguments for the image's labels: repository and commit, or empty strings outside of git."""
    url = _git("remote", "get-url", "origin")
    return {
        "SOURCE": re.sub(r"//[^/@]*@", "//", url),  # may contain a token
        "REVISION": _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"),
    }


def _git(*arguments: str) -> str:
    try:
        answer = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _context() -> bytes:
    from docker.utils import exclude_paths  # type: ignore[import-untyped]  # imported here: it takes 0.2 s

    lines = (AIRFLOW / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name in sorted(exclude_paths(str(AIRFLOW), patterns)):
            tar.add(AIRFLOW / name, name, recursive=False, filter=_normalised)
    return archive.getvalue()


def _normalised(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Remove owner and time, and make the file readable for Airflow's user, independent of the checkout's umask."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member
