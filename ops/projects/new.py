"""`ops new-project`: creation of a project's file in environments/ and of its repository of DAGs."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from configuration.environment import Environment
from configuration.load import load
from configuration.problems import ConfigError
from modules.names import refusal
from ops.errors import OpsError
from ops.paths import ENVIRONMENTS
from ops.projects import repository
from ops.projects.repository import Answers

_TEXT = """\
# All fields: templates/environment/projects/project.tfvars
owner = {owner}
{protected}
repository = {{
  url = {url}
}}
"""
_UNPROTECTED = "# Allows `ops remove-project` to delete the bucket and the target.\nprotected = false\n"


@dataclass(frozen=True)
class NewProject:
    """A project to create."""

    name: str
    environment: Environment
    owner: str
    url: str
    folder: Path
    """Folder of the repository on this machine."""

    @property
    def file(self) -> Path:
        """File with its configuration."""
        return project_file(self.environment.name, self.name)

    def create(self) -> bool:
        """Create file and repository, or neither; raises OpsError or ConfigError before anything is written.

        Return False if the repository already exists, because the project is in another environment, too.
        """
        text = self._text()
        self._check(text)
        new = not self.folder.exists()
        if new:
            version = self.environment.platform.image.version
            repository.create_repository(self.folder, Answers(self.name, self.owner, version), self.url)
        try:
            self.file.parent.mkdir(exist_ok=True)
            partial = self.file.with_name(f".{self.name}.new")
            partial.write_text(text)
            partial.replace(self.file)
        except OSError as error:
            if new:
                shutil.rmtree(self.folder)
            raise OpsError(
                f"{self.file} cannot be written: {error.strerror}; check the permissions of its folder"
            ) from None
        return new

    def _text(self) -> str:
        protected = _UNPROTECTED if self.environment.platform.local_aws else ""
        return _TEXT.format(owner=json.dumps(self.owner), url=json.dumps(self.url), protected=protected)

    def _check(self, text: str) -> None:
        if refused := refusal(self.name, "a project"):
            raise OpsError(refused)
        if self.file.exists():
            raise OpsError(
                f"{self.file} already exists: choose another name, or run `ops remove-project {self.name}` first"
            )
        if "@" not in self.owner:
            raise OpsError(
                f"--owner is {self.owner!r}: pass an e-mail address, or a team on GitHub, @organisation/team"
            )
        if not self.url.startswith(("https://", "ssh://", "git@", "file:///")):
            raise OpsError(f"--repo is {self.url!r}: pass https://…, ssh://…, git@…, or file:///… in `local`")
        if self.url.startswith("file:") and not self.environment.platform.local_aws:
            raise OpsError(f"--repo is {self.url!r}, which AWS cannot read: pass an https:// or ssh:// URL")
        if self.folder.exists() and repository.project_of(self.folder) != self.name:
            raise OpsError(
                f"{self.folder} exists, but is no repository of {self.name}: move it, or pass another folder with --into"
            )
        _check_loads(self.file, text)


def project_file(environment: str, name: str) -> Path:
    """Return the path of a project's configuration."""
    return ENVIRONMENTS / environment / "projects" / f"{name}.tfvars"


def _check_loads(file: Path, text: str) -> None:
    """Raise OpsError unless the environments can be loaded with this file in addition."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / ENVIRONMENTS.name
        for each in [*ENVIRONMENTS.glob("*/**/*.tfvars"), file]:
            target = copy / each.relative_to(ENVIRONMENTS)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text if each == file else each.read_text())
        try:
            load(copy)
        except ConfigError as error:
            raise OpsError(str(error).replace(f"{temporary}/", "")) from None
