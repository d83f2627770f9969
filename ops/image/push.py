"""Build and push of an environment's image."""

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
from ops.image.repository import Repository
from ops.paths import ENVIRONMENTS
from ops.progress import Row
from ops.terraform.stack import Report


@dataclass(frozen=True)
class Built:
    """An image in the container engine of this machine."""

    tag: str
    new: bool

    @property
    def name(self) -> str:
        """Name of the image in the engine."""
        return f"{NAME}:{self.tag}"

    def __str__(self) -> str:
        return f"{self.name}: {'built' if self.new else 'already exists, nothing to build'}"


@dataclass(frozen=True)
class Pushed:
    """An image in an environment's repository."""

    repository: str
    tag: str
    digest: str
    new: bool
    """True if this call has pushed it."""
    recorded: bool
    """True if this call has changed image.tfvars."""

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}: {'pushed' if self.new else 'already exists, nothing to push'}"


def build_image(content: Content, row: Row) -> Built:
    """Build the image, unless the engine already has it."""
    builder = Builder.connect()
    tag = builder.tag(content)
    return Built(tag, builder.build(content, tag, row))


def push_image(
    environment: Environment,
    account: Account,
    content: Content,
    row: Row,
    built: Callable[[], object] | None = None,
) -> Pushed:
    """Push the image to the environment's repository, unless it is there, and record its digest.

    The repository is created if it is missing. The image is built if neither the repository nor the engine has it; if a
    build is already running, ``built`` waits for it.
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
            # In parallel with the build, because it mostly waits for AWS.
            creation = pool.submit(lambda: found or _create(environment, account, row.show))
            built() if built else builder.build(content, tag, row)
            if not creation.done():
                row.show("creating the repository")
            to = creation.result()
        found, digest = to, _push(builder, to, tag, row)
    recorded = save_image(ENVIRONMENTS / environment.name, digest, tag, content.version)
    return Pushed(found.uri, tag, digest, new, recorded)


def _create(environment: Environment, account: Account, report: Report) -> Repository:
    delete_image(ENVIRONMENTS / environment.name)  # of a repository that no longer exists
    return repository.create_repository(environment, account, report)


def _push(builder: Builder, to: Repository, tag: str, row: Row) -> str:
    try:
        builder.push(f"{NAME}:{tag}", to.uri, tag, to.credentials(), row)
    except OpsError:
        # Another user may have pushed the same content meanwhile: a tag is never overwritten.
        if not to.digest(tag):
            raise
    digest = to.digest(tag)
    if digest is None:
        raise OpsError(f"{to.uri} accepted the image, but has no tag {tag}: push again")
    return digest
