"""Root modules that call the modules of terraform/, and Terraform's plans for them."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hcl2

from local_aws.state import LocalAws
from modules.contract import InfrastructureContract, PlatformContract
from ops.terraform import install
from tests.checkout import ROOT
from tests.module_export.evaluated import as_data

Values = dict[str, Any]
PROVIDER = 'provider "aws" {\n  region            = "us-east-1"\n  s3_use_path_style = true\n}\n'


def hcl(value: Any) -> str:
    """Return the value in HCL."""
    if isinstance(value, dict):
        return "{\n" + "".join(f"    {key} = {hcl(one)}\n" for key, one in value.items()) + "  }"
    return json.dumps(value)


def call(name: str, module: str, values: Mapping[str, Any]) -> str:
    """Return a module call."""
    lines = [f'  source = "{ROOT / "terraform" / module}"', *(f"  {key} = {hcl(one)}" for key, one in values.items())]
    return f'module "{name}" {{\n' + "\n".join(lines) + "\n}\n"


class Root:
    """A folder with a root module."""

    def __init__(self, folder: Path, aws: LocalAws, text: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.aws, self.text = folder, aws, text
        (folder / "main.tf").write_text(text)
        self.run("init")

    @classmethod
    def by_hand(cls, folder: Path, aws: LocalAws, name: str) -> "Root":
        """Return a root module of by_hand/, next to which the modules are."""
        (folder / "terraform").symlink_to(ROOT / "terraform")
        return cls(folder, aws, (Path(__file__).parent / "by_hand" / f"{name}.tf").read_text())

    @property
    def calls(self) -> dict[str, Values]:
        """Arguments of each module call, as python-hcl2 reads them."""
        options = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False, explicit_blocks=False)
        blocks = hcl2.loads(self.text, serialization_options=options)["module"]
        return {name.strip('"'): arguments for block in blocks for name, arguments in block.items()}

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command of Terraform."""
        settings = install.provider_settings()
        variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        done = subprocess.run(
            ["terraform", *arguments, *([] if arguments[0] == "show" else ["-input=false"]), "-no-color"],
            cwd=self.folder,
            env={**variables, **settings, **self.aws.environment(), "CHECKPOINT_DISABLE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def plan(self) -> dict[str, dict[str, Values]]:
        """Return planned values by module call ("" for the root itself) and address."""
        self.run("plan", "-out=plan")
        planned = json.loads(self.run("show", "-json", "plan"))["planned_values"]["root_module"]
        modules = {one["address"].removeprefix("module."): one for one in planned.get("child_modules", [])}
        return {
            name: {
                one["address"].removeprefix(f"module.{name}.").removesuffix("[0]"): as_data(
                    {**one["values"], "tags_all": None}
                )
                for one in module.get("resources", [])
                if one["mode"] == "managed"
            }
            for name, module in {"": planned, **modules}.items()
        }


def publish(aws: LocalAws, environment: str, projects: list[str]) -> None:
    """Publish the contracts of an environment's platform and of its projects' infrastructure."""
    ec2, ssm, secrets = (aws.client(service) for service in ("ec2", "ssm", "secretsmanager"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{zone}.0/24", AvailabilityZone=f"us-east-1{letter}")["Subnet"][
            "SubnetId"
        ]
        for zone, letter in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName=f"{environment}-tasks", Description="tasks", VpcId=vpc)["GroupId"]
    known = {"vpc_id": vpc, "private_subnet_ids": subnets, "task_subnet_ids": subnets, "task_security_group_id": group}
    fields = {
        name: known.get(name, f"arn:aws:iam::000000000000:role/{name}")
        for name in PlatformContract.__dataclass_fields__
    }
    ssm.put_parameter(
        Name=f"/airflow-{environment}/platform", Type="String", Value=json.dumps({"version": 1, **fields})
    )
    for project in projects:
        secret = secrets.create_secret(Name=f"{environment}-{project}", SecretString="text")["ARN"]
        known = {"target_password_secret": secret, "task_security_group_id": group}
        texts = {name: known.get(name, f"{project}-{name}") for name in InfrastructureContract.__dataclass_fields__}
        name = f"/airflow-{environment}/infrastructure/{project}"
        ssm.put_parameter(Name=name, Type="String", Value=json.dumps({"version": 1, **texts}))
