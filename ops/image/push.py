"""From `airflow/` to the image that an environment runs."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from configuration.environment import Environment
from configuration.image import delete_image, save_image
from ops.account import Account
from ops.errors import OpsError
from ops.image import repository
from ops.image.builder import NAME, Builder
from ops.image.content import Content
from ops.image.display import Display
from ops.image.repository import Repository
from ops.paths import ENVIRONMENTS


@dataclass(frozen=True)
class Built:
    """An image in the engine of this machine."""

    tag: str
    new: bool

    @property
    def name(self) -> str:
        """As the engine knows it."""
        return f"{NAME}:{self.tag}"

    def __str__(self) -> str:
        return f"{self.name}: {'built' if self.new else 'is there already, nothing to build'}"


@dataclass(frozen=True)
class Pushed:
    """An image in an environment's repository."""

    repository: str
    tag: str
    digest: str
    new: bool
    """It was pushed just now."""
    recorded: bool
    """It was written down just now."""

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}: {'pushed' if self.new else 'is there already, nothing to push'}"


def build_image(content: Content, display: Display) -> Built:
    """Builds the image, if the engine does not have it."""
    builder = Builder.connect()
    tag = builder.tag(content)
    return Built(tag, builder.build(content, tag, display))


def push_image(
    environment: Environment,
    account: Account,
    content: Content,
    display: Display,
    built: Callable[[], object] | None = None,
) -> Pushed:
    """Puts the image into the environment's repository, if it is not there, and records its digest.

    Makes the repository if need be, and builds the image if neither the repository nor the engine has it; where it is
    being built already, ``built`` waits for that.
    """
    builder = Builder.connect()
    account.check()
    found = Repository.find(environment, account)
    if found is None:
        repository.check_creatable(environment)
    tag = builder.tag(content)
    digest = found.digest(tag) if found else None
    new = digest is None
    if found is None or digest is None:
        with ThreadPoolExecutor(1) as pool:
            # It mostly waits for AWS.
            making = pool.submit(lambda: found or _create(environment, account))
            built() if built else builder.build(content, tag, display)
            if not making.done():
                display.show("making the repository")
            to = making.result()
        found, digest = to, _push(builder, to, tag, display)
    recorded = save_image(ENVIRONMENTS / environment.name, digest, tag, content.version)
    return Pushed(found.uri, tag, digest, new, recorded)


def _create(environment: Environment, account: Account) -> Repository:
    delete_image(ENVIRONMENTS / environment.name)  # what went with the repository that was there once
    return repository.create_repository(environment, account)


def _push(builder: Builder, to: Repository, tag: str, display: Display) -> str:
    try:
        builder.push(f"{NAME}:{tag}", to.uri, tag, to.credentials(), display)
    except OpsError:
        # Somebody else may have pushed the same content meanwhile, and no tag is ever overwritten.
        if not to.digest(tag):
            raise
    digest = to.digest(tag)
    if digest is None:
        raise OpsError(f"{to.uri} took the image, but has none with the tag {tag}: push again")
    return digest
