"""The images that the tests need: what the machine has, else what it can pull, else a stand-in made from Debian packages.

A stand-in has the name of the image that it stands in for, and its program in the version that Debian has. It is for
machines that reach Debian and PyPI but no image registry, and made in an engine that the tests started only: in anybody
else's it would be taken for the real one.
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
    """`tag`, which is in the engine from now on. Raises the engine's error if it cannot be had."""
    import docker  # type: ignore[import-untyped]

    if client.images.list(name=tag):
        return tag
    try:
        say(f"pulling {tag}")
        client.images.pull(tag)
    except docker.errors.APIError:
        if not ours(client):
            raise
        say(f"{tag} cannot be pulled: making a stand-in")
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
    """Debian 13, which trusts whom this machine trusts."""
    install(("debootstrap",), say)
    say("making a Debian to build stand-ins on (half a minute, once)")
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
