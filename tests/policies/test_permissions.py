"""Policies for IAM: named actions on named resources, and roles that only their own service can assume."""

import json
import re
from collections.abc import Iterator, Mapping

import pytest

from tests.policies.policy import Policy, each, findings, listed, made_of, statements
from tests.synthesised import Args, Synthesised

_AUTHORIZATION = "https://docs.aws.amazon.com/service-authorization/latest/reference"
# Actions for which AWS offers no narrower resource than `*`.
EVERY_RESOURCE = {
    "ecr:GetAuthorizationToken": f"{_AUTHORIZATION}/list_amazonelasticcontainerregistry.html",
    "ecs:DiscoverPollEndpoint": f"{_AUTHORIZATION}/list_amazonelasticcontainerservice.html",
    "ssmmessages:CreateControlChannel": f"{_AUTHORIZATION}/list_amazonsessionmanagermessagegatewayservice.html",
    "ssmmessages:CreateDataChannel": f"{_AUTHORIZATION}/list_amazonsessionmanagermessagegatewayservice.html",
    "ssmmessages:OpenControlChannel": f"{_AUTHORIZATION}/list_amazonsessionmanagermessagegatewayservice.html",
    "ssmmessages:OpenDataChannel": f"{_AUTHORIZATION}/list_amazonsessionmanagermessagegatewayservice.html",
}
ACTION_FIELDS, RESOURCE_FIELDS = ("Action", "NotAction"), ("Resource", "NotResource")


def allowed(stack: Synthesised) -> Iterator[tuple[str, Args]]:
    return ((where, one) for where, one in statements(stack) if one["Effect"] == "Allow")


def actions_are_named(stack: Synthesised) -> Iterator[str]:
    for where, one in allowed(stack):
        if "NotAction" in one or any("*" in action for action in listed(one.get("Action"))):
            yield f"{where} allows {one.get('Action', 'all but the named actions')}"


def resources_are_named(stack: Synthesised) -> Iterator[str]:
    for where, one in allowed(stack):
        names_none = "NotResource" in one or any(resource == "*" for resource in listed(one.get("Resource")))
        if names_none and not set(listed(one.get("Action"))) <= EVERY_RESOURCE.keys():
            yield f"{where} allows {one.get('Action')} on everything"


def resources_of_other_accounts_are_not_named(stack: Synthesised) -> Iterator[str]:
    for where, one in allowed(stack):
        for resource in listed(one.get("Resource")):
            parts = resource.split(":", 5)
            if resource.startswith("arn:") and parts[2] != "s3" and parts[4] != stack.state["bucket"].split("-")[2]:
                yield f"{where} allows {one.get('Action')} on {resource}"


def statements_have_a_sid(stack: Synthesised) -> Iterator[str]:
    for where, one in statements(stack):
        if not one.get("Sid", "").isalnum():
            yield f"{where} has none: {one}"


def roles_are_passed_to_one_service(stack: Synthesised) -> Iterator[str]:
    for where, one in allowed(stack):
        service = one.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService")
        if "iam:PassRole" in listed(one.get("Action")) and not service:
            yield f"{where} passes them to any service"


def roles_are_assumed_for_this_account_only(stack: Synthesised) -> Iterator[str]:
    for address, role in each(stack, "aws_iam_role"):
        for one in json.loads(role["assume_role_policy"])["Statement"]:
            condition = one.get("Condition", {})
            if one["Principal"] == {"Service": "ec2.amazonaws.com"}:  # EC2 sets neither condition key
                continue
            if "Federated" in one["Principal"]:
                yield from (f"{address} can be assumed with {tokens}" for tokens in _too_many_tokens(condition))
                continue
            account = condition.get("StringEquals", {}).get("aws:SourceAccount")
            source = condition.get("ArnLike", {}).get("aws:SourceArn", "")
            if not account or f":{account}:" not in source or "Service" not in one["Principal"]:
                yield f"{address} can be assumed by {one['Principal']} if {condition}"


def _too_many_tokens(condition: Args) -> Iterator[str]:
    """Yield what is too wide about a condition: GitHub's tokens must be for AWS, one repository and one branch."""
    issuer = "token.actions.githubusercontent.com"
    exact = condition.get("StringEquals", {})
    if exact.get(f"{issuer}:aud") != "sts.amazonaws.com":
        yield "tokens for any audience"
    if not re.fullmatch(r"repo:[\w.-]+/[\w.-]+:ref:refs/heads/[\w./-]+", exact.get(f"{issuer}:sub", "")):
        yield f"tokens of {condition}"


def bucket_policies_admit_only_log_delivery(stack: Synthesised) -> Iterator[str]:
    services = {"logdelivery.elasticloadbalancing.amazonaws.com", "delivery.logs.amazonaws.com"}
    for where, one in allowed(stack):
        if where.startswith("aws_s3_bucket_policy") and one.get("Principal", {}).get("Service") not in services:
            yield f"{where} admits {one.get('Principal')}"


def no_policy_of_aws_is_attached(stack: Synthesised) -> Iterator[str]:
    for kind, id, args in stack.every_resource():
        if kind.endswith("policy_attachment") and ":iam::aws:policy/" in args.get("policy_arn", ""):
            yield f"{id} attaches {args['policy_arn']}"


POLICIES: list[Policy] = [
    actions_are_named,
    resources_are_named,
    resources_of_other_accounts_are_not_named,
    statements_have_a_sid,
    roles_are_passed_to_one_service,
    roles_are_assumed_for_this_account_only,
    bucket_policies_admit_only_log_delivery,
    no_policy_of_aws_is_attached,
]
OWN = "arn:aws:ssm:us-east-1:111111111111:parameter/x"
BAD: list[tuple[Policy, Args]] = [
    (actions_are_named, {"Action": ["*"]}),
    (actions_are_named, {"Action": "s3:*"}),
    (actions_are_named, {"Action": ["s3:Get*"]}),
    (actions_are_named, {"NotAction": ["iam:*"]}),
    (resources_are_named, {"Action": ["s3:GetObject"], "Resource": "*"}),
    (resources_are_named, {"Action": ["ecr:GetAuthorizationToken", "ecr:PutImage"], "Resource": ["*"]}),
    (resources_are_named, {"Action": ["s3:GetObject"], "NotResource": "x"}),
    (resources_of_other_accounts_are_not_named, {"Action": "x:y", "Resource": OWN.replace("1" * 12, "2" * 12)}),
    (resources_of_other_accounts_are_not_named, {"Action": "x:y", "Resource": OWN.replace("1" * 12, "*")}),
    (statements_have_a_sid, {"Sid": ""}),
    (roles_are_passed_to_one_service, {"Action": ["iam:PassRole"], "Resource": ["x"]}),
    (bucket_policies_admit_only_log_delivery, {"Principal": {"AWS": "*"}}),
    (roles_are_assumed_for_this_account_only, {"Principal": {"Service": "ecs-tasks.amazonaws.com"}}),
    (
        roles_are_assumed_for_this_account_only,
        {"Principal": {"Federated": "x"}, "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}},
    ),
    (
        roles_are_assumed_for_this_account_only,
        {
            "Principal": {"Federated": "x"},
            "Condition": {
                "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
                "StringLike": {"token.actions.githubusercontent.com:sub": "repo:example/weather:*"},
            },
        },
    ),
    (
        roles_are_assumed_for_this_account_only,
        {
            "Principal": {"Federated": "x"},
            "Condition": {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:example/weather:ref:refs/heads/main"}},
        },
    ),
    (
        roles_are_assumed_for_this_account_only,
        {"Principal": {"Service": "x"}, "Condition": {"StringEquals": {"aws:SourceAccount": "1"}, "ArnLike": {"aws:SourceArn": "*"}}},
    ),
]  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES)
def test_policy(policy: Policy, every_kind: Mapping[str, Synthesised]) -> None:
    assert findings(policy, every_kind) == []


@pytest.mark.parametrize(("policy", "statement"), BAD)
def test_the_policy_finds_what_is_wrong(policy: Policy, statement: Args) -> None:
    document = json.dumps({"Statement": [{"Sid": "Bad", "Effect": "Allow", **statement}]})
    state = {"backend": {"s3": {"bucket": "airflow-state-111111111111-us-east-1"}}}
    bad = made_of(
        ("aws_s3_bucket_policy", {"policy": document}),
        ("aws_iam_role", {"assume_role_policy": document}),
        terraform=state,
    )
    assert list(policy(bad))


def test_a_managed_policy_of_aws_is_found() -> None:
    attachment = ("aws_iam_role_policy_attachment", {"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"})
    assert list(no_policy_of_aws_is_attached(made_of(attachment)))
