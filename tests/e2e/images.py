"""Images for the tests: local images, otherwise pulled images, otherwise stand-ins built from Debian packages.

A stand-in has the name of the original image, and its program in Debian's version. It is for machines that can reach Debian
and PyPI, but no image registry. Stand-ins are built only in engines that the tests have started: in a user's engine they
would be mistaken for the originals.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.e2e.engine import FOLDER, install, ours

RECIPES = Path(__file__).parent / "stand_ins"
DEBIAN = "airflow-on-aws/stand-in:debian-13"
STAND_INS = {
    "busybox:1": "busybox",
    "postgres:16-alpine": "postgres",
    "redis:7-alpine": "redis",
    "public.ecr.aws/docker/library/mysql:8.4": "mysql",
    "public.ecr.aws/docker/library/postgres:16-alpine": "postgres",
    "public.ecr.aws/docker/library/redis:7-alpine": "redis",
    "apache/airflow:3.3.2-python3.12": "airflow",
}
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
MIRROR = "http://deb.debian.org/debian"


def provide(client: Any, tag: str, say: Callable[[str], None]) -> str:
    """Make an image available in the engine, and return its tag; raises the engine's error if that fails."""
    import docker  # type: ignore[import-untyped]

    if client.images.list(name=tag):
        return tag
    try:
        say(f"pulling {tag}")
        client.images.pull(tag)
    except docker.errors.APIError:
        if not ours(client):
            raise
        say(f"{tag} cannot be pulled: building a stand-in")
        if not client.images.list(name=DEBIAN):
            _debian(client, say)
        client.images.build(
            path=str(RECIPES / STAND_INS[tag]),
            tag=tag,
            buildargs={"DEBIAN": DEBIAN},
            network_mode="host",
            rm=True,
            labels={"org.opencontainers.image.description": f"stand-in for {tag}"},
        )
    return tag


def _debian(client: Any, say: Callable[[str], None]) -> None:
    """Import an image of Debian 13 with this machine's CA certificates."""
    install(("debootstrap",), say)
    say("creating the base image of the stand-ins (30 s, once)")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=FOLDER) as folder:
        root = Path(folder) / "root"
        bootstrap = ["debootstrap", "--variant=minbase", "--include=ca-certificates", "trixie", str(root), MIRROR]
        subprocess.run(bootstrap, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"TMPDIR": folder})
        if CERTIFICATES.exists():
            shutil.copy(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
        archive = f"{folder}/root.tar"
        subprocess.run(["tar", "--create", "--file", archive, "--directory", root, "."], check=True)
        repository, _, version = DEBIAN.partition(":")
        trusted = [f"ENV {name} {CERTIFICATES}" for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")]
        client.api.import_image(archive, repository=repository, tag=version, changes=['CMD ["bash"]', *trusted])
