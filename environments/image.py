"""The image that an environment runs, as `ops image push` records it beside platform.tfvars."""

from pathlib import Path

from environments.problems import ConfigError
from environments.tfvars import read
from environments.values import Values
from modules.config import Config
from modules.platform.config import PlatformConfig
from modules.platform.registry import Digest

IMAGE_FILE = "image.tfvars"
_TEXT = """\
# Written by `pipenv run ops image push {environment}`: the image that runs.
digest = "{digest}" # {tag}
"""


class RecordedImage(Config):
    """All that the file may say."""

    digest: Digest


def record(folder: Path, digest: str, tag: str) -> bool:
    """Writes the digest down for the environment in ``folder``; False if it is there already."""
    file = folder / IMAGE_FILE
    text = _TEXT.format(environment=folder.name, digest=digest, tag=tag)
    if file.is_file() and file.read_text() == text:
        return False
    aside = file.with_suffix(".new")
    aside.write_text(text)
    aside.replace(file)
    return True


def forget(folder: Path) -> None:
    """Removes what record() wrote: there is no such image any more."""
    (folder / IMAGE_FILE).unlink(missing_ok=True)


def with_recorded_image(folder: Path, platform: PlatformConfig, source: Values) -> PlatformConfig:
    """``platform`` with the digest that is recorded; raises ConfigError if platform.tfvars names one too."""
    file = folder / IMAGE_FILE
    if not file.is_file():
        return platform
    recorded, _ = read(file, RecordedImage)
    if platform.image.digest:
        message = f"is said twice, {IMAGE_FILE} has it too; delete it here, or delete that file"
        raise ConfigError(source.problem(("image", "digest"), message))
    return platform.model_copy(update={"image": platform.image.model_copy(update={"digest": recorded.digest})})
