"""`ops new-project`: its file below environments/, and its repository of DAGs."""

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
# Every field that there is: templates/environment/projects/project.tfvars
owner = {owner}
{protected}
repository = {{
  url = {url}
}}
"""
_UNPROTECTED = "# `ops remove-project` may take the bucket and the target.\nprotected = false\n"


@dataclass(frozen=True)
class NewProject:
    """What is to be made."""

    name: str
    environment: Environment
    owner: str
    url: str
    folder: Path
    """Of the repository, on this machine."""

    @property
    def file(self) -> Path:
        """Its configuration."""
        return project_file(self.environment.name, self.name)

    def create(self) -> bool:
        """Makes both, or neither; False if the repository was there, from the same project in another environment.

        Raises OpsError or ConfigError before anything is written.
        """
        text = self._text()
        self._check(text)
        new = not self.folder.exists()
        if new:
            version = self.environment.platform.image.version
            repository.create_repository(self.folder, Answers(self.name, self.owner, version), self.url)
        try:
            self.file.parent.mkdir(exist_ok=True)
            aside = self.file.with_name(f".{self.name}.new")
            aside.write_text(text)
            aside.replace(self.file)
        except OSError as error:
            if new:
                shutil.rmtree(self.folder)
            raise OpsError(f"{self.file} cannot be written: {error.strerror}; see to the folder's mode") from None
        return new

    def _text(self) -> str:
        protected = _UNPROTECTED if self.environment.platform.local_aws else ""
        return _TEXT.format(owner=json.dumps(self.owner), url=json.dumps(self.url), protected=protected)

    def _check(self, text: str) -> None:
        if refused := refusal(self.name, "a project"):
            raise OpsError(refused)
        if self.file.exists():
            raise OpsError(f"{self.file} exists: choose another name, or `ops remove-project {self.name}` first")
        if "@" not in self.owner:
            raise OpsError(f"--owner is {self.owner!r}: give an e-mail address, or GitHub's @organisation/team")
        if not self.url.startswith(("https://", "ssh://", "git@", "file:///")):
            raise OpsError(
                f"--repo is {self.url!r}: Airflow takes https://…, ssh://…, git@…, and file:///… on this machine"
            )
        if self.url.startswith("file:") and not self.environment.platform.local_aws:
            raise OpsError(f"--repo is {self.url!r}: AWS cannot read this machine; give an https:// or ssh:// address")
        if self.folder.exists() and repository.project_of(self.folder) != self.name:
            raise OpsError(f"{self.folder} exists and is no repository of {self.name}: move it away, or name --into")
        _check_loads(self.file, text)


def project_file(environment: str, name: str) -> Path:
    """Where a project's configuration is."""
    return ENVIRONMENTS / environment / "projects" / f"{name}.tfvars"


def _check_loads(file: Path, text: str) -> None:
    """Raises ConfigError if the environments could not be loaded with this file among them."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / ENVIRONMENTS.name
        for one in ENVIRONMENTS.glob("*/**/*.tfvars"):
            (copy / one.relative_to(ENVIRONMENTS)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(one, copy / one.relative_to(ENVIRONMENTS))
        there = copy / file.relative_to(ENVIRONMENTS)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text)
        try:
            load(copy)
        except ConfigError as error:
            raise OpsError(str(error).replace(f"{temporary}/", "")) from None
