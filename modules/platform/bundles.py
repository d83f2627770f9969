"""Projects whose DAGs Airflow fetches itself, by a git or S3 bundle of the project's name, instead of ImportDAGs.

docs/how-to/dags.md compares them.
"""

import json
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from modules.config import Config
from modules.names import ProjectName
from modules.project import Branch, Folder, without_password
from modules.settings import Bundle

# Characters for bundles in the platform's contract, which SSM limits to 8 KB, as encoded there.
LONGEST = 5_500

RefreshSeconds = Annotated[int, Field(ge=10, le=86_400)]


class GitConfig(Config):
    """A repository, which the dag-processor and every task clones."""

    url: Annotated[
        str,
        Field(pattern=r"^(https|file)://[^\s]+$", examples=["https://github.com/example/sales.git"]),
        AfterValidator(without_password),
    ]
    branch: Branch = "main"
    """A branch, or a tag as ``refs/tags/v1``."""
    dags: Folder = "dags"
    """The folder of the repository that Airflow reads."""
    private: bool = False
    """There is an Airflow connection ``<project>_git`` with a token. All code that the dag-processor parses can read it."""
    refresh_seconds: RefreshSeconds = 60


class S3Config(Config):
    """A folder of a bucket, which the dag-processor and every task downloads."""

    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", examples=["example-sales-dags"])]
    # Airflow looks for the last part among its neighbours, and takes only a part that ends with a letter or digit.
    prefix: Annotated[str, Field(pattern=r"^([\w.=-]*\w/)*$", max_length=512, examples=["dags/"])] = ""
    """The folder, with a slash at its end; by default the whole bucket."""
    refresh_seconds: RefreshSeconds = 60


class BundleConfig(Config):
    """Source from which Airflow fetches a project's DAGs."""

    git: GitConfig | None = None
    s3: S3Config | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.git is None) == (self.s3 is None):
            raise ValueError("needs git = { url = … } or s3 = { bucket = … }; give exactly one of them")
        return self

    def setting(self, project: str) -> Bundle:
        """Return the bundle as an entry of Airflow's dag_bundle_config_list."""
        if self.git:
            return {
                "name": project,
                "classpath": "airflow.providers.git.bundles.git.GitDagBundle",
                "kwargs": {
                    "repo_url": self.git.url,
                    "tracking_ref": self.git.branch,
                    "subdir": self.git.dags,
                    # Said in any case: without it Airflow would send the token of a connection `git_default` there.
                    "git_conn_id": connection_id(project),
                    "refresh_interval": self.git.refresh_seconds,
                },
            }
        assert self.s3  # noqa: S101 - one of the two
        return {
            "name": project,
            "classpath": "airflow.providers.amazon.aws.bundles.s3.S3DagBundle",
            "kwargs": {
                "bucket_name": self.s3.bucket,
                "prefix": self.s3.prefix,
                # The role of the fetching process, never a connection `aws_default`.
                "aws_conn_id": None,
                "refresh_interval": self.s3.refresh_seconds,
            },
        }


def _fit(bundles: dict[str, BundleConfig]) -> dict[str, BundleConfig]:
    length = len(json.dumps(json.dumps(bundle_settings(bundles))))
    if length > LONGEST:
        raise ValueError(
            f"{len(bundles)} bundles take {length} characters of the platform's contract, which has room for {LONGEST}; "
            "leave some to ImportDAGs"
        )
    return bundles


Bundles = Annotated[dict[ProjectName, BundleConfig], AfterValidator(_fit)]


def bundle_settings(bundles: dict[str, BundleConfig]) -> list[Bundle]:
    """Return the bundles as entries of Airflow's dag_bundle_config_list."""
    return [one.setting(project) for project, one in bundles.items()]


def connection_id(project: str) -> str:
    """The Airflow connection with the token of a private repository; a project's tasks may read connections with this prefix."""
    return f"{project}_git"
