"""A copy of this checkout to run commands in, so that a test never touches a developer's deployment."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws import server
from local_aws.state import LocalAws
from tests.local_aws.clients import connect_to

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Checkout:
    """Copy of the working tree that shares the installed packages."""

    path: Path

    @classmethod
    def make(cls, path: Path) -> "Checkout":
        """Copy the files that git tracks or would add; link .venv and node_modules, which are only read."""
        listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        files = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        for file in filter(None, files):
            if (ROOT / file).is_file():
                (path / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, path / file)
        for shared in (".venv", "node_modules"):
            (path / shared).symlink_to(ROOT / shared)
        return cls(path)

    def run(self, *command: str, code: int | None = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy; fail unless it exits with `code`, if that is not None."""
        path = os.pathsep.join([str(self.path / ".venv/bin"), os.environ["PATH"]])
        # pytest-xdist sets COLUMNS and PYTHONPATH; a user's pipe has neither.
        dropped = ("AWS_", "NODE_OPTIONS", "JSII_", "COLUMNS", "PYTHONPATH")
        variables = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        done = subprocess.run(
            command,
            cwd=self.path,
            env={**variables, "PATH": path, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert code is None or done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def ops(self, *arguments: str, code: int | None = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `pipenv run ops …`."""
        return self.run("python", "-m", "fast_synth", "-m", "ops", *arguments, code=code, **environment)

    def cdktf(self, *arguments: str, code: int | None = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `pipenv run cdktf …`."""
        return self.run("python", "-m", "fast_synth", "-m", "ops.cdktf", *arguments, code=code, **environment)

    def client(self, service: str) -> Any:
        """Return a boto3 client of the copy's local AWS."""
        return connect_to(self.local_aws)(service)

    def tagged(self, environment: str) -> list[dict[str, Any]]:
        """Return the ARN and tags of every resource of an environment, as the tagging API lists them."""
        filters = [{"Key": "Environment", "Values": [environment]}]
        pages = self.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters)
        return [one for page in pages for one in page["ResourceTagMappingList"]]

    def existing(self, environment: str) -> list[str]:
        """Return the ARNs of an environment's resources; ECS still lists deleted ones, as INACTIVE."""
        return [one["ResourceARN"] for one in self.tagged(environment) if not self._is_inactive(one["ResourceARN"])]

    def _is_inactive(self, arn: str) -> bool:
        ecs = self.client("ecs")
        if ":task-definition/" in arn:
            return bool(ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["status"] == "INACTIVE")
        if ":service/" in arn:
            active = ecs.describe_clusters(clusters=[arn.split("/")[1]])["clusters"]
            return not [cluster for cluster in active if cluster["status"] == "ACTIVE"]
        return False

    @property
    def local_aws(self) -> LocalAws:
        """Local AWS of the copy, which must run."""
        running = server.running(self.path)
        assert running
        return running
