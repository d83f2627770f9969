"""Typed IAM statements, the documents made of them, and roles composed of both."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy

from modules.resource_group import ResourceGroup, Scope

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]


@dataclass(frozen=True)
class Statement:
    """One permission. ``sid`` says in a word or two what it allows; ``principals`` is for resource policies only."""

    sid: str
    actions: Sequence[str]
    resources: Sequence[str]
    effect: Literal["Allow", "Deny"] = "Allow"
    principals: Mapping[str, str] | Literal["*"] | None = None
    conditions: Conditions = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The statement in the grammar of IAM."""
        return {
            "Sid": self.sid,
            "Effect": self.effect,
            **({"Principal": self.principals} if self.principals else {}),
            "Action": list(self.actions),
            **({"Resource": list(self.resources)} if self.resources else {}),
            **({"Condition": self.conditions} if self.conditions else {}),
        }


def policy(*statements: Statement, id: str | None = None) -> str:
    """A policy document; its values may be references to other resources."""
    sids = [statement.sid for statement in statements]
    if len(set(sids)) != len(sids):
        raise ValueError(f"one sid twice in a policy: {sids}")
    documents = [statement.document() for statement in statements]
    return json.dumps({"Version": "2012-10-17", **({"Id": id} if id else {}), "Statement": documents})


class Role(ResourceGroup):
    """IAM role that an AWS service can assume for this account only.

    ``path`` keeps the roles of an environment out of the patterns of other environments.
    ``source_arn`` limits for which resources the service assumes the role; without it any caller could use the role
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html). EC2 alone sends no source.
    """

    def __init__(
        self,
        scope: Scope,
        id: str,
        *,
        name: str,
        path: str,
        service: str,
        account_id: str,
        source_arn: str | None,
        statements: Sequence[Statement],
        description: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        trust = Statement(
            "Assume",
            ["sts:AssumeRole"],
            [],
            principals={"Service": service},
            conditions={"StringEquals": {"aws:SourceAccount": account_id}, "ArnLike": {"aws:SourceArn": source_arn}}
            if source_arn
            else {},
        )
        self.role = IamRole(*self.at(), name=name, path=path, assume_role_policy=policy(trust), description=description)
        self.arn = self.reference("aws_iam_role", "", "arn")
        self.name = self.reference("aws_iam_role", "", "name")
        if statements:
            IamRolePolicy(
                *self.at("permissions"),
                name=id,
                role=self.name,
                policy=policy(*statements),
            )
