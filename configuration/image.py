"""Digest of the image that an environment runs, which `ops image push` records next to platform.tfvars."""

from pathlib import Path

from configuration.problems import ConfigError
from configuration.tfvars import read
from configuration.values import Values
from modules.config import Config
from modules.platform.config import PlatformConfig
from modules.platform.registry import Digest
from modules.task import CPU_ARCHITECTURE

IMAGE_FILE = "image.tfvars"
_TEXT = """\
# Written by `pipenv run ops image push {environment}`: the image that runs.
digest       = "{digest}" # {tag}
version      = "{version}"
architecture = "{architecture}"
"""


class RecordedImage(Config):
    """Content of the file. Files written by early releases of `ops image push` have only the digest."""

    digest: Digest
    version: str | None = None
    architecture: str | None = None


def save_image(folder: Path, digest: str, tag: str, version: str) -> bool:
    """Record the image of the environment in ``folder``; return False if it was recorded already."""
    file = folder / IMAGE_FILE
    text = _TEXT.format(environment=folder.name, digest=digest, tag=tag, version=version, architecture=CPU_ARCHITECTURE)
    if file.is_file() and file.read_text() == text:
        return False
    aside = file.with_suffix(".new")
    aside.write_text(text)
    aside.replace(file)
    return True


def delete_image(folder: Path) -> None:
    """Delete the file that save_image() wrote, because the image no longer exists."""
    (folder / IMAGE_FILE).unlink(missing_ok=True)


def with_recorded_image(
    folder: Path, platform: PlatformConfig, source: Values, *, outdated: bool = False
) -> PlatformConfig:
    """Return ``platform`` with the recorded digest.

    Raises ConfigError if platform.tfvars has a digest too, or if the image was built for another Airflow version or CPU
    architecture. With ``outdated``, another version or architecture is accepted.
    """
    file = folder / IMAGE_FILE
    if not file.is_file():
        return platform
    recorded, values = read(file, RecordedImage)
    if platform.image.digest:
        message = f"is also set in {IMAGE_FILE}; delete it here, or delete that file"
        raise ConfigError(source.problem(("image", "digest"), message))
    wanted = {"version": platform.image.version, "architecture": CPU_ARCHITECTURE}
    problems = [
        values.problem((field,), f"the platform needs {value}; run `pipenv run ops image push {folder.name}`")
        for field, value in wanted.items()
        if getattr(recorded, field) not in (None, value)
    ]
    if problems and not outdated:
        raise ConfigError(*problems)
    return platform.model_copy(update={"image": platform.image.model_copy(update={"digest": recorded.digest})})
