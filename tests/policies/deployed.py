"""AWS account after every stack was applied: references are resolved to the ARNs and names that AWS would return."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.policies.policy import each
from tests.synthesised import Args, Synthesised

_REFERENCE = re.compile(
    r"\$\{(?:jsondecode\(data\.aws_ssm_parameter\.(?P<parameter>\w+)\.insecure_value\)\.(?P<field>\w+)"
    r"|(?P<kind>aws_\w+)\.(?P<id>\w+)\.(?P<attribute>\w+))\}"
)


class Deployed:
    """Stacks of one account and region."""

    def __init__(self, stacks: Mapping[str, Synthesised], *, account: str, region: str) -> None:
        self.stacks, self.account, self.region = stacks, account, region
        self.published = {
            args["name"]: (stack, args["insecure_value"])
            for stack in stacks.values()
            for _, args in each(stack, "aws_ssm_parameter")
        }

    def policies(self) -> dict[str, list[Any]]:
        """Return the policy documents of every role and of every managed policy, by name."""
        found: dict[str, list[Any]] = {}
        for stack in self.stacks.values():
            for address, args in each(stack, "aws_iam_role"):
                found[args["name"]] = [
                    json.loads(self.resolved(stack, one["policy"]))
                    for one in stack.resources("aws_iam_role_policy").values()
                    if one["role"] == f"${{{address}.name}}"
                ]
            for _, args in each(stack, "aws_iam_policy"):
                found[args["name"]] = [json.loads(self.resolved(stack, args["policy"]))]
        return found

    def bucket_policies(self) -> dict[str, Any]:
        """Return the policy of each bucket, by the bucket's name."""
        return {
            self.resolved(stack, args["bucket"]): json.loads(self.resolved(stack, args["policy"]))
            for stack in self.stacks.values()
            for _, args in each(stack, "aws_s3_bucket_policy")
        }

    def resolved(self, stack: Synthesised, text: str) -> str:
        """Return `text` with references resolved; raise KeyError for a resource that is not deployed."""
        return _REFERENCE.sub(lambda reference: self._value(stack, reference), text)

    def _value(self, stack: Synthesised, reference: re.Match[str]) -> str:
        if parameter := reference["parameter"]:
            name = stack.document["data"]["aws_ssm_parameter"][parameter]["name"]
            owner, text = self.published[name]
            return self.resolved(owner, str(json.loads(text)[reference["field"]]))
        args = stack.resources(reference["kind"])[reference["id"]]
        if reference["attribute"] == "arn":
            return self._arn(stack, reference["kind"], reference["id"], args)
        if reference["attribute"] == "id":
            return self._id(reference["kind"], args)
        return str(args[reference["attribute"]])

    def _id(self, kind: str, args: Args) -> str:
        made_up = {"aws_efs_file_system": "fs-", "aws_efs_access_point": "fsap-"}
        return made_up[kind] + args["tags"]["Name"].encode().hex() if kind in made_up else str(args["bucket"])

    def _arn(self, stack: Synthesised, kind: str, id: str, args: Args) -> str:
        if kind == "aws_secretsmanager_secret_version":
            secret = args["secret_id"].split(".")[1]
            # Secrets Manager ends every ARN with six random characters.
            return self.arn(
                "secretsmanager", f"secret:{stack.resources('aws_secretsmanager_secret')[secret]['name']}-a1B2c3"
            )
        if kind == "aws_iam_role":
            return f"arn:aws:iam::{self.account}:role{args['path']}{args['name']}"
        return {
            "aws_cloudwatch_log_group": lambda: self.arn("logs", f"log-group:{args['name']}"),
            "aws_ecr_repository": lambda: self.arn("ecr", f"repository/{args['name']}"),
            "aws_ecs_cluster": lambda: self.arn("ecs", f"cluster/{args['name']}"),
            "aws_efs_access_point": lambda: self.arn("elasticfilesystem", f"access-point/{self._id(kind, args)}"),
            "aws_efs_file_system": lambda: self.arn("elasticfilesystem", f"file-system/{self._id(kind, args)}"),
            "aws_elasticache_replication_group": lambda: self.arn(
                "elasticache", f"replicationgroup:{args['replication_group_id']}"
            ),
            "aws_elasticache_user": lambda: self.arn("elasticache", f"user:{args['user_id']}"),
        }[kind]()

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"
