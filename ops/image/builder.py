"""Build and push of the image with a container engine.

This uses the classic builder's API, which every engine has: Docker Desktop, Debian's docker.io without buildx, Podman. The
Dockerfile needs no BuildKit.
"""

import io
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local_aws import engine
from ops.errors import OpsError
from ops.image import BASE_VARIABLE
from ops.image.content import PLATFORM, Content, provenance
from ops.paths import LOCAL
from ops.progress import Row

NAME = "airflow-on-aws"
LOG = LOCAL / "image.log"
TIMEOUT = 1800  # seconds without output of the engine; a build step may print nothing for minutes
LAST_LINES = 8


class StreamError(Exception):
    """An error within the engine's response."""


@dataclass(frozen=True)
class Builder:
    """A container engine; ``client`` is a client of the package ``docker``."""

    client: Any

    @classmethod
    def connect(cls) -> "Builder":
        """Connect to the engine; raises OpsError if there is none, or no permission to use it."""
        host = engine.docker_host()
        if reason := engine.unavailable_reason(host):
            remedy = ": install and start Docker, or set DOCKER_HOST" if reason == engine.NO_ENGINE else ""
            raise OpsError(f"building an image requires a container engine: {reason}{remedy}")
        return cls(engine.connect(host, TIMEOUT))

    def tag(self, content: Content) -> str:
        """Return the tag of the image that is built from ``content``."""
        return content.tag(self._base_digest(content.base))

    def has(self, name: str) -> bool:
        """Return whether the engine has an image."""
        return bool(self.client.images.list(name=name))

    def build(self, content: Content, tag: str, row: Row) -> bool:
        """Build ``airflow-on-aws:<tag>``; return False if the engine already has it."""
        name = f"{NAME}:{tag}"
        if self.has(name):
            return False
        with _explained_errors("the image cannot be built"):
            if not self._has_base(content.base):
                self._pull(content.base, row)
            answer = self.client.api.build(
                fileobj=io.BytesIO(content.context),
                custom_context=True,
                tag=name,
                platform=PLATFORM,
                buildargs={**content.arguments, **provenance()},
                # The build reaches a package index by the same VPN or proxy as this machine.
                network_mode="host",
                use_config_proxy=True,
                rm=True,
                forcerm=True,
                decode=True,
            )
            _follow_build(answer, row)
        return True

    def push(self, name: str, repository: str, tag: str, credentials: Mapping[str, str], row: Row) -> None:
        """Push an image of the engine to ``<repository>:<tag>``."""
        with _explained_errors(f"the image cannot be pushed to {repository}"):
            self.client.images.get(name).tag(repository, tag)
            layers: dict[str, tuple[int, int]] = {}
            answer = self.client.api.push(repository, tag, auth_config=dict(credentials), stream=True, decode=True)
            try:
                for event in _events(answer):
                    _show_layers(event, layers, row)
            finally:
                self.client.api.remove_image(f"{repository}:{tag}", noprune=True)

    def remove_images(self, tags: Iterable[str]) -> None:
        """Delete the images that build() has created with these tags, if they exist."""
        for name in (f"{NAME}:{tag}" for tag in tags):
            if self.has(name):
                self.client.api.remove_image(name)

    def _local_base(self, base: str) -> Any:
        import docker  # type: ignore[import-untyped]  # imported here: it takes 0.2 s

        try:
            return self.client.images.get(base)
        except docker.errors.ImageNotFound:
            return None

    def _has_base(self, base: str) -> bool:
        image = self._local_base(base)
        return image is not None and _platform(image) == PLATFORM

    def _base_digest(self, base: str) -> str:
        """Return the digest of the base image in the engine, or else in its registry, without pulling it.

        The registry's digest is preferred, because it does not depend on the engine's storage.
        """
        import docker

        image = self._local_base(base)
        if image is not None and _platform(image) == PLATFORM:
            repository = base.rpartition(":")[0].removeprefix("docker.io/")
            digests = dict(name.split("@") for name in image.attrs["RepoDigests"])
            return str(digests.get(repository, image.id))
        try:
            return str(self.client.images.get_registry_data(base).id)
        except docker.errors.APIError as error:
            local = f" (the local image is for {_platform(image)})" if image is not None else ""
            raise OpsError(_no_base(base, f"{_one_line(error)}{local}")) from None

    def _pull(self, base: str, row: Row) -> None:
        repository, _, tag = base.rpartition(":")
        layers: dict[str, tuple[int, int]] = {}
        try:
            for event in _events(self.client.api.pull(repository, tag, platform=PLATFORM, stream=True, decode=True)):
                _show_layers(event, layers, row)
        except StreamError as error:
            raise OpsError(_no_base(base, str(error))) from None


def _platform(image: Any) -> str:
    return f"{image.attrs['Os']}/{image.attrs['Architecture']}"


def _no_base(base: str, reason: str) -> str:
    return (
        f"the base image {base} for {PLATFORM} cannot be pulled: {reason}: connect to its registry, or use a mirror with "
        f"{BASE_VARIABLE}=<mirror>/apache/airflow"
    )


def _one_line(error: Any) -> str:
    """Return the message of an engine's error, without line breaks."""
    return " ".join(str(error.explanation or error).split())


@contextmanager
def _explained_errors(what: str) -> Iterator[None]:
    """Turn any error of the engine into an OpsError."""
    import docker
    import urllib3

    try:
        yield
    except StreamError as error:
        raise OpsError(f"{what}: {_with_remedy(str(error))}") from None
    except docker.errors.APIError as error:
        raise OpsError(f"{what}: {_with_remedy(_one_line(error))}") from None
    except (docker.errors.DockerException, urllib3.exceptions.HTTPError, OSError) as error:
        raise OpsError(
            f"{what}: the connection to the container engine was lost ({' '.join(str(error).split())})"
        ) from None


def _with_remedy(reason: str) -> str:
    if "no space left on device" in reason:
        return "the disk of the container engine is full: see `docker system df`, and free space with `docker system prune`"
    if "denied" in reason or "no basic auth" in reason or "unauthorized" in reason:
        return f"{reason}: the role needs permission to push to this repository (AmazonEC2ContainerRegistryPowerUser)"
    return reason


def _events(answer: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the events of the engine's response, and write them to the log; raises StreamError for an error."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("a") as log:
        for event in answer:
            if text := event.get("stream") or event.get("error"):
                log.write(text if text.endswith("\n") else f"{text}\n")
            if "error" in event:
                raise StreamError(" ".join(event["error"].split()))
            yield event


def _follow_build(answer: Iterable[dict[str, Any]], row: Row) -> None:
    step, last = "", deque[str](maxlen=LAST_LINES)
    try:
        for event in _events(answer):
            if "status" in event:
                row.show(event["status"])
            for line in filter(None, (line.rstrip() for line in event.get("stream", "").splitlines())):
                if line.startswith("Step "):
                    step, last = line, deque(maxlen=LAST_LINES)
                    done, _, total = line.split()[1].partition("/")
                    row.show(line, int(done) - 1, int(total))
                elif not line.startswith(" ---> "):
                    last.append(line)
    except StreamError as error:
        lines = [*last, str(error)]
        if any("no space left on device" in line for line in lines):
            raise StreamError("no space left on device") from None
        raise StreamError(
            "\n".join([f"{step} failed", *(f"  {line}" for line in lines), f"complete log: {LOG}"])
        ) from None


def _show_layers(event: Mapping[str, Any], layers: dict[str, tuple[int, int]], row: Row) -> None:
    progress = event.get("progressDetail") or {}
    if progress.get("total"):
        layers[event["id"]] = (progress.get("current", 0), progress["total"])
    elif event.get("id") in layers:
        layers[event["id"]] = (layers[event["id"]][1],) * 2
    done, total = (sum(column) for column in zip(*layers.values(), strict=True)) if layers else (0, 0)
    megabytes = f" {done / 1e6:.0f} of {total / 1e6:.0f} MB" if total else ""
    row.show(f"{event.get('status', '').lower()}{megabytes}", done, total or None)
