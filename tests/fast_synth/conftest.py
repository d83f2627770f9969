"""A project of five resources, synthesised in separate processes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

# Files and folders that a synthesis of this repository reads.
READ = ("main.py", "cdktf.json", "backend", "configuration", "environments", "fast_synth", "modules", "airflow/config")
FAST, STOCK = ("-m", "fast_synth"), ()
SWITCHES = ("JSII_NODE", "JSII_RUNTIME", "NODE_OPTIONS")

MAIN = """
from cdktf import App, S3Backend, TerraformStack
from modules.network import Network

app = App()
stack = TerraformStack(app, "sample")
S3Backend(stack, bucket="b", key="k", region="eu-west-1")
Network(stack, "network")
app.synth()
"""

NETWORK = '''
"""Not every mention is an import: cdktf_cdktf_provider_aws.nowhere."""

from cdktf_cdktf_provider_aws.data_aws_region import DataAwsRegion
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.security_group import SecurityGroup, SecurityGroupIngress
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct


class Network(Construct):
    def __init__(self, scope, id):
        super().__init__(scope, id)
        AwsProvider(self, "aws", region="eu-west-1", default_tags=[AwsProviderDefaultTags(tags={"a": "b"})])
        region = DataAwsRegion(self, "region")
        vpc = Vpc(self, "vpc", cidr_block="10.0.0.0/16", tags={"Region": region.name})
        ingress = SecurityGroupIngress(from_port=80, to_port=80, protocol="tcp", cidr_blocks=["10.0.0.0/8"])
        SecurityGroup(self, "group", vpc_id=vpc.id, ingress=[ingress])
        S3Bucket(self, "bucket", bucket="b", depends_on=[vpc])
'''

# Prints the folder that the provider would be imported from, without importing it.
PROBE = """
from importlib.machinery import PathFinder
from pathlib import Path

from fast_synth.import_hook import use_slim_package

use_slim_package(Path.cwd())
print(Path(PathFinder.find_spec("cdktf_cdktf_provider_aws").origin).parent)
"""


def copy_project(folder: Path) -> None:
    """Copy the part of the repository that a synthesis reads, to synthesise from and to change."""
    for name in READ:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy2)(REPOSITORY / name, folder / name)


@dataclass(frozen=True)
class Found:
    """Output of PROBE: the provider's folder, and standard error."""

    package: Path
    errors: str


@dataclass(frozen=True)
class Project:
    """A folder with sources, and a folder for the cache."""

    root: Path
    cache: Path

    def environment(self, **changes: str) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key not in SWITCHES}
        return {**inherited, "PYTHONPATH": str(REPOSITORY), "FAST_SYNTH_CACHE": str(self.cache), **changes}

    def write(self, name: str, content: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(content)

    def slim_packages(self) -> list[Path]:
        """The slim packages in the cache, which also has jsii's runtime."""
        return [path for path in self.cache.iterdir() if not path.name.startswith("jsii-")]

    def write_sample(self) -> None:
        self.write("main.py", MAIN)
        self.write("modules/__init__.py", "")
        self.write("modules/network.py", NETWORK)

    def start_probe(self, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", PROBE],
            cwd=self.root,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def probe(self, **environment: str) -> Found:
        return found(self.start_probe(**environment))

    def synthesise(self, output: Path, *, runner: Sequence[str] = FAST) -> "subprocess.CompletedProcess[str]":
        return self.run("main.py", runner=runner, CDKTF_OUTDIR=str(output))

    def run(
        self, *arguments: str, runner: Sequence[str] = FAST, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program of the project, by default with fast synthesis."""
        return subprocess.run(
            [sys.executable, *runner, *arguments],
            cwd=self.root,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            check=False,
        )


def found(process: "subprocess.Popen[str]") -> Found:
    stdout, stderr = process.communicate()
    assert process.returncode == 0, stderr
    return Found(Path(stdout.strip()), stderr)


@pytest.fixture
def project(tmp_path: Path, shared_cache: Path) -> Project:
    made = Project(tmp_path / "project", shared_cache)
    made.write_sample()
    return made


@pytest.fixture
def cold(project: Project, tmp_path: Path) -> Project:
    """The project with an empty cache."""
    return replace(project, cache=tmp_path / "cache")


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Most tests are not about building, so they build once."""
    return tmp_path_factory.mktemp("cache")
