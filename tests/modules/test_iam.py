import json

import pytest

from modules.iam import Statement, policy
from tests.synthesised import statements_of
from tests.variants import platform

READ = Statement("Read", ["s3:GetObject"], ["x"])


def test_a_statement_without_conditions_has_only_the_required_fields() -> None:
    assert READ.document() == {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["x"]}


def test_a_document_has_a_version() -> None:
    assert json.loads(policy(READ)) == {"Version": "2012-10-17", "Statement": [READ.document()]}


def test_a_duplicate_sid_is_refused() -> None:
    with pytest.raises(ValueError, match="duplicate sid"):
        policy(READ, READ)


def test_a_role_can_be_assumed_only_by_its_service_for_this_account() -> None:
    for role in platform().resources("aws_iam_role").values():
        assert statements_of(role["assume_role_policy"])["Assume"] == {
            "Sid": "Assume",
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": ["sts:AssumeRole"],
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "111111111111"},
                "ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:111111111111:*"},
            },
        }


def test_an_environments_roles_have_its_path() -> None:
    assert {role["path"] for role in platform().resources("aws_iam_role").values()} == {"/airflow-test/"}
