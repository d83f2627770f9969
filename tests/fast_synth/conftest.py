"""A project of five resources, synthesised in processes of its own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

# What a synthesis of this repository reads.
READ = ("main.py", "cdktf.json", "backend", "configuration", "environments", "fast_synth", "modules", "airflow/config")
SWITCHES = ("FAST_SYNTH", "JSII_NODE", "JSII_RUNTIME", "NODE_OPTIONS")

MAIN = """
import fast_synth
from pathlib import Path

fast_synth.enable(Path(__file__).parent)

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

# Says where the provider would be imported from, and with which environment, without importing it.
PROBE = """
import json, os, sys
from importlib.machinery import PathFinder
from pathlib import Path

import fast_synth

{before}
fast_synth.enable(Path.cwd())
package = str(Path(PathFinder.find_spec("cdktf_cdktf_provider_aws").origin).parent)
print(json.dumps({{"package": package, "environment": dict(os.environ)}}))
"""


def copy_what_is_read(folder: Path) -> None:
    """A copy of the repository to synthesise from, and to change."""
    for name in READ:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy2)(REPOSITORY / name, folder / name)


@dataclass(frozen=True)
class Seen:
    """What a probe reported."""

    package: Path
    environment: dict[str, str]
    errors: str


@dataclass(frozen=True)
class Project:
    """A folder with sources, and a place for the cache."""

    root: Path
    cache: Path

    def environment(self, **changes: str) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if key not in SWITCHES}
        return {**inherited, "PYTHONPATH": str(REPOSITORY), "FAST_SYNTH_CACHE": str(self.cache), **changes}

    def write(self, name: str, content: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(content)

    def kept(self) -> list[Path]:
        """The packages in the cache, which also has jsii's runtime."""
        return [path for path in self.cache.iterdir() if not path.name.startswith("jsii-")]

    def write_sample(self) -> None:
        self.write("main.py", MAIN)
        self.write("modules/__init__.py", "")
        self.write("modules/network.py", NETWORK)

    def start_probe(self, before: str = "", **environment: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", PROBE.format(before=before)]
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def probe(self, before: str = "", **environment: str) -> Seen:
        return seen(self.start_probe(before, **environment))

    def synthesise(self, output: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "main.py"],
            cwd=self.root,
            env=self.environment(CDKTF_OUTDIR=str(output), **environment),
            capture_output=True,
            text=True,
            check=False,
        )


def seen(process: "subprocess.Popen[str]") -> Seen:
    stdout, stderr = process.communicate()
    assert process.returncode == 0, stderr
    found = json.loads(stdout)
    return Seen(Path(found["package"]), found["environment"], stderr)


@pytest.fixture
def project(tmp_path: Path, shared_cache: Path) -> Project:
    made = Project(tmp_path / "project", shared_cache)
    made.write_sample()
    return made


@pytest.fixture
def cold(project: Project, tmp_path: Path) -> Project:
    """The project with an empty cache of its own."""
    return replace(project, cache=tmp_path / "cache")


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Most tests are not about building, so they build once."""
    return tmp_path_factory.mktemp("cache")
