"""Configuration of a data project, which two modules share: infrastructure and workflows."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from modules import names
from modules.account import PREFIX
from modules.config import Config, Owner, TaskSize
from modules.infrastructure.target import TargetConfig
from modules.workflows.access import AccessConfig

GITHUB = re.compile(r"(?:(?:https://|ssh://git@)github\.com/|git@github\.com:)([\w.-]+/[\w.-]+?)(?:\.git)?/?")

# Same as in airflow/lib/airflow_on_aws/delivery/registry.py: no value that git reads as an option, and no path out of the folder.
URL = r"(https://[^\s@-][^\s@]*|ssh://[^\s-]\S*|file:///\S+|[\w.]+@[\w][\w.-]*:[^\s-]\S*)"
PATH = r"\w[\w./-]*"
HOST_KEY = r"^[\w.,:\[\]-]+ (ssh-ed25519|ecdsa-sha2-nistp\d+|ssh-rsa) [A-Za-z0-9+/]+=*$"


def without_password(url: str) -> str:
    """Return the URL. Raises ValueError if it contains a user name or password."""
    if "@" in url.split("://", 1)[-1].split("/", 1)[0] and not url.startswith(("ssh://git@", "git@")):
        raise ValueError("has a user in it; keys of private repositories belong in Secrets Manager, delete it here")
    return url


def _downwards(path: str) -> str:
    if ".." in path:
        raise ValueError('has ".." in it; write it without')
    return path


Branch = Annotated[str, Field(pattern=f"^{PATH}$", max_length=255), AfterValidator(_downwards)]
Folder = Annotated[str, Field(pattern=f"^{PATH}$"), AfterValidator(_downwards)]
HostKey = Annotated[str, Field(pattern=HOST_KEY, examples=["git.example.org ssh-ed25519 AAAA…"])]


class RepositoryConfig(Config):
    """Git repository of the project's DAGs."""

    url: Annotated[
        str,
        AfterValidator(without_password),
        Field(pattern=f"^{URL}$", examples=["https://github.com/example/weather.git"]),
    ]
    branch: Branch = "main"
    """Branch, or tag such as ``refs/tags/v1``."""
    dags: Folder = "dags"
    """Folder of the repository that Airflow reads."""
    deploy_key: bool = False
    """The repository is private. An operator stores its key in the secret ``airflow-<env>/deploy-keys/<project>``."""
    host_keys: Annotated[list[HostKey], Field(max_length=10)] = []
    """Lines of an SSH ``known_hosts`` file, for servers other than github.com."""
    github_actions: bool = False
    """Create a role for GitHub Actions on the branch that can read the webhook's secret, to report a merge."""

    @model_validator(mode="after")
    def _actions_are_githubs_on_a_branch(self) -> Self:
        if self.github_actions and not GITHUB.fullmatch(self.url):
            raise ValueError(f"github_actions = true and url = {self.url!r}: the URL is not on github.com; delete one")
        if self.github_actions and self.branch.startswith("refs/"):
            raise ValueError(
                f"github_actions = true and branch = {self.branch!r}: the role is for a branch; delete one"
            )
        return self

    @property
    def github_name(self) -> str:
        """Return ``organisation/repository``, or an empty string if the repository is not on GitHub."""
        found = GITHUB.fullmatch(self.url)
        return found[1] if found else ""

    @model_validator(mode="after")
    def _keys_are_for_ssh(self) -> Self:
        if (self.deploy_key or self.host_keys) and not self.url.startswith(("ssh://", "git@")):
            what = "deploy_key" if self.deploy_key else "host_keys"
            raise ValueError(f'{what} is for SSH, and url = {self.url!r}; write url = "git@host:team/repository.git"')
        return self


class FilesConfig(Config):
    """Retention in the bucket for work files, in days."""

    expire_days: Annotated[int, Field(ge=1)] | None = None
    """Delete work files after this time; by default they are not deleted."""
    noncurrent_days: Annotated[int, Field(ge=1)] = 30
    """Delete old versions this long after they were overwritten or deleted."""


class ProjectConfig(Config):
    """A data project of an environment. Its file name is its name."""

    owner: Owner
    repository: RepositoryConfig
    files: FilesConfig = FilesConfig()
    target: TargetConfig = TargetConfig()
    task: TaskSize = TaskSize(cpu=512, memory=1024)
    access: AccessConfig = AccessConfig()
    """AWS resources that the project's tasks can use, in addition to the project's own."""
    variables: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")], str] = {}
    """Airflow variables ``<project>_<name>``. Not for secrets: the file is committed."""
    protected: bool = True
    """Refuse to destroy the bucket and the target database while they may contain data."""


class ProjectNames(Config):
    """Physical names of a project. Creating an instance validates each against the limits of AWS."""

    prefix: names.SecurityGroupName
    role: names.RoleName
    ci_role: names.RoleName
    files_bucket: names.BucketName
    target: names.DatabaseIdentifier
    target_instance: names.DatabaseIdentifier
    task_family: names.EcsName
    state_policy: names.PolicyName
    longest_secret: names.SecretName
    longest_parameter: names.ParameterName

    @classmethod
    def of(cls, environment: str, project: str, account_id: str) -> Self:
        """Return the names of ``project``. Raises ValidationError for a name that AWS would reject."""
        prefix = f"{PREFIX}-{environment}-{project}"
        return cls(
            prefix=prefix,
            role=f"{prefix}-task",
            ci_role=f"{prefix}-ci",
            files_bucket=f"{prefix}-files-{account_id}",
            target=f"{prefix}-target",
            target_instance=f"{prefix}-target-1",
            task_family=f"{prefix}-task",
            state_policy=f"{prefix}-state",
            longest_secret=f"{PREFIX}-{environment}/connections/{project}_target",
            longest_parameter=f"/{PREFIX}-{environment}/infrastructure/{project}",
        )


def identifier(project: str) -> str:
    """Return the project's name with underscores instead of hyphens, for names such as databases."""
    return project.replace("-", "_")
