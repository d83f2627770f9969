"""Typed IAM statements, policy documents and roles."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy

from modules.account import AccountConfig
from modules.resource_group import ResourceGroup, Scope

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]


@dataclass(frozen=True)
class Statement:
    """One permission. ``sid`` names it in a word or two; ``principals`` is for resource policies only."""

    sid: str
    actions: Sequence[str]
    resources: Sequence[str]
    effect: Literal["Allow", "Deny"] = "Allow"
    principals: Mapping[str, str] | Literal["*"] | None = None
    conditions: Conditions = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Return the statement as a part of an IAM policy document."""
        return {
            "Sid": self.sid,
            "Effect": self.effect,
            **({"Principal": self.principals} if self.principals else {}),
            "Action": list(self.actions),
            **({"Resource": list(self.resources)} if self.resources else {}),
            **({"Condition": self.conditions} if self.conditions else {}),
        }


def policy(*statements: Statement, id: str | None = None) -> str:
    """Return a policy document as JSON; values may be references to other resources. Raises ValueError for a duplicate sid."""
    sids = [statement.sid for statement in statements]
    if len(set(sids)) != len(sids):
        raise ValueError(f"duplicate sid in a policy: {sids}")
    documents = [statement.document() for statement in statements]
    return json.dumps({"Version": "2012-10-17", **({"Id": id} if id else {}), "Statement": documents})


class Role(ResourceGroup):
    """IAM role with the given permissions only, which ECS tasks or EC2 instances of this account can assume.

    ``path`` separates the roles of environments, also in ARN patterns. ECS assumes the role for resources of this account
    and region only: otherwise another customer of the service could use the role
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html). EC2 does not pass the resource.
    """

    def __init__(
        self,
        scope: Scope,
        id: str,
        *,
        name: str,
        path: str,
        account: AccountConfig,
        statements: Sequence[Statement],
        service: Literal["ecs-tasks", "ec2"] = "ecs-tasks",
        description: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        source: Conditions = {
            "StringEquals": {"aws:SourceAccount": account.account_id},
            "ArnLike": {"aws:SourceArn": account.arn("ecs", "*")},
        }
        trust = Statement(
            "Assume",
            ["sts:AssumeRole"],
            [],
            principals={"Service": f"{service}.amazonaws.com"},
            conditions=source if service == "ecs-tasks" else {},
        )
        self.role = IamRole(*self.at(), name=name, path=path, assume_role_policy=policy(trust), description=description)
        self.arn = self.role.arn
        self.name = self.role.name
        if statements:
            IamRolePolicy(*self.at("permissions"), name=id, role=self.name, policy=policy(*statements))
