"""What goes into the image, and the tag that follows from it."""

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
# Of the task definitions, as container engines call it.
PLATFORM = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}[CPU_ARCHITECTURE]


@dataclass(frozen=True)
class Content:
    """All that a build is made from."""

    version: str
    base: str
    """The image that it extends, by name and tag."""
    arguments: dict[str, str]
    context: bytes
    """The Dockerfile and the files that it copies, as a tar that is the same on every machine."""

    @classmethod
    def of(cls, environment: Environment, base_image: str | None = None) -> "Content":
        """What an environment's image is made from; raises OpsError if ``airflow/`` is for another version of Airflow."""
        version = environment.platform.image.version
        check_requirements(version, (AIRFLOW / "requirements.txt").read_text(), environment.name)
        arguments = {"AIRFLOW_VERSION": version, **({"BASE_IMAGE": base_image} if base_image else {})}
        return cls(version, parent_image((AIRFLOW / "Dockerfile").read_text(), arguments), arguments, _context())

    def tag(self, base_digest: str) -> str:
        """The same for the same content. Who built it from which commit is in the labels, and not part of the content."""
        parts = hashlib.sha256(self.context).hexdigest(), self.arguments, base_digest, PLATFORM
        return f"{self.version}-{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]}"


def check_requirements(version: str, requirements: str, environment: str) -> None:
    """Raises OpsError unless ``requirements.txt`` resolves this version of Airflow."""
    found = re.search(r"^apache-airflow==(\S+)", requirements, re.MULTILINE)
    if not found or found[1] != version:
        raise OpsError(
            f'{ENVIRONMENTS / environment / PLATFORM_FILE}: image.version = "{version}", but airflow/requirements.txt has '
            f"{found[1] if found else 'none'}: set this one, or change airflow/requirements.in and run `make lock`"
        )


def parent_image(dockerfile: str, arguments: dict[str, str]) -> str:
    """The image in the Dockerfile's FROM."""
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)$", dockerfile, re.MULTILINE))
    (reference,) = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    return Template(reference).substitute(defaults | arguments)


def provenance() -> dict[str, str]:
    """The build arguments for the labels: which commit of which repository; empty outside of git."""
    url = _git("remote", "get-url", "origin")
    return {
        "SOURCE": re.sub(r"//[^/@]*@", "//", url),  # a token may stand before the host
        "REVISION": _git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"),
    }


def _git(*arguments: str) -> str:
    try:
        answer = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _context() -> bytes:
    from docker.utils import exclude_paths  # type: ignore[import-untyped]  # 0.2 s: only where an image is made

    lines = (AIRFLOW / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name in sorted(exclude_paths(str(AIRFLOW), patterns)):
            tar.add(AIRFLOW / name, name, recursive=False, filter=_normalised)
    return archive.getvalue()


def _normalised(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without owner and time; readable for Airflow's user, whatever the umask of the checkout was."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member
