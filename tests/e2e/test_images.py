"""Choice between stand-ins and an error, with a fake engine."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker  # type: ignore[import-untyped]
import pytest

from tests.e2e import images
from tests.e2e.engine import FOLDER

pytestmark = pytest.mark.slow

TAG = "postgres:16-alpine"


class Engine:
    """Fake engine without access to a registry."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.built: list[str] = []
        self.images = SimpleNamespace(list=self.found, pull=self.pull, build=self.build)

    def info(self) -> dict[str, str]:
        return {"DockerRootDir": str(self.data)}

    def found(self, name: str) -> list[str]:
        return [name] if name == images.DEBIAN else []

    def pull(self, tag: str) -> None:
        raise docker.errors.APIError("toomanyrequests: rate limit")

    def build(self, tag: str, **settings: Any) -> None:
        self.built.append(tag)


def test_a_stand_in_is_built_in_an_engine_of_the_tests() -> None:
    engine = Engine(FOLDER / "data")
    assert images.provide(engine, TAG, lambda text: None) == TAG
    assert engine.built == [TAG]


@pytest.mark.parametrize("data", ["/var/lib/docker", "/elsewhere/.local/e2e/data"])
def test_no_stand_in_is_built_in_another_engine(data: str) -> None:
    engine = Engine(Path(data))
    with pytest.raises(docker.errors.APIError, match="rate limit"):
        images.provide(engine, TAG, lambda text: None)
    assert engine.built == []
