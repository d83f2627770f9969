"""Policies for physical names: AWS accepts them, and no two resources of an account share one."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from tests.policies.policy import Policy, each, findings, made_of
from tests.synthesised import Synthesised

# (kind, argument): (maximum length, pattern), from the API reference of each service, not from modules/names.py.
LIMITS: dict[tuple[str, str], tuple[int, str]] = {
    ("aws_lb", "name"): (32, r"(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"),
    ("aws_lb_target_group", "name"): (32, r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"),
    ("aws_db_instance", "identifier"): (63, r"[a-z](-?[a-z0-9])*"),
    ("aws_db_instance", "db_name"): (63, r"[a-z][a-z0-9_]*"),
    ("aws_db_instance", "final_snapshot_identifier"): (255, r"[a-z](-?[a-z0-9])*"),
    ("aws_rds_cluster", "cluster_identifier"): (63, r"[a-z](-?[a-z0-9])*"),
    ("aws_rds_cluster", "database_name"): (63, r"[a-z][a-z0-9_]*"),
    ("aws_rds_cluster", "final_snapshot_identifier"): (255, r"[a-z](-?[a-z0-9])*"),
    ("aws_rds_cluster_instance", "identifier"): (63, r"[a-z](-?[a-z0-9])*"),
    ("aws_db_subnet_group", "name"): (255, r"[a-z0-9 ._-]+"),
    ("aws_db_parameter_group", "name"): (255, r"[a-z](-?[a-z0-9])*"),
    ("aws_s3_bucket", "bucket"): (63, r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"),
    ("aws_iam_role", "name"): (64, r"[\w+=,.@-]+"),
    ("aws_iam_role", "path"): (512, r"/([\w.-]+/)*"),
    ("aws_iam_policy", "name"): (128, r"[\w+=,.@-]+"),
    ("aws_iam_role_policy", "name"): (128, r"[\w+=,.@-]+"),
    ("aws_security_group", "name"): (255, r"(?!sg-)[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]+"),
    ("aws_security_group", "description"): (255, r"[A-Za-z0-9. _:/()#,@\[\]+=&;{}!$*-]+"),
    ("aws_vpc_security_group_ingress_rule", "description"): (255, r"[A-Za-z0-9. _:/()#,@\[\]+=&;{}!$*-]+"),
    ("aws_vpc_security_group_egress_rule", "description"): (255, r"[A-Za-z0-9. _:/()#,@\[\]+=&;{}!$*-]+"),
    ("aws_secretsmanager_secret", "name"): (512, r"[A-Za-z0-9/_+=.@-]+"),
    ("aws_ssm_parameter", "name"): (1011, r"/(?!aws|ssm)[A-Za-z0-9_./-]+"),
    ("aws_ecs_cluster", "name"): (255, r"[A-Za-z0-9_-]+"),
    ("aws_ecs_service", "name"): (255, r"[A-Za-z0-9_-]+"),
    ("aws_ecs_task_definition", "family"): (255, r"[A-Za-z0-9_-]+"),
    ("aws_ecr_repository", "name"): (256, r"[a-z0-9]+([._/-][a-z0-9]+)*"),
    ("aws_dynamodb_table", "name"): (255, r"[A-Za-z0-9_.-]{3,}"),
    ("aws_cloudwatch_log_group", "name"): (512, r"[\w/.#-]+"),
}
# Kinds whose names are unique in an account, or in a region of it.
ACCOUNT_WIDE = ("aws_iam_role", "aws_iam_policy", "aws_s3_bucket", "aws_db_instance", "aws_rds_cluster", "aws_lb",
                "aws_secretsmanager_secret", "aws_ssm_parameter", "aws_ecs_task_definition", "aws_cloudwatch_log_group")  # fmt: skip
NAMING = {"aws_s3_bucket": "bucket", "aws_db_instance": "identifier", "aws_rds_cluster": "cluster_identifier",
          "aws_ecs_task_definition": "family"}  # fmt: skip


def aws_accepts_the_names(stack: Synthesised) -> Iterator[str]:
    for (kind, argument), (longest, pattern) in LIMITS.items():
        for address, args in each(stack, kind):
            name = args.get(argument)
            # The value of a reference to another resource is known only after apply.
            if name and "${" not in name and not (len(name) <= longest and re.fullmatch(pattern, name)):
                yield f"{address}.{argument} = {name}"


def names(stack: Synthesised) -> Iterator[tuple[str, str]]:
    for kind in ACCOUNT_WIDE:
        for address, args in each(stack, kind):
            yield address, args.get(NAMING.get(kind, "name"), "")


def names_are_given(stack: Synthesised) -> Iterator[str]:
    for address, name in names(stack):
        if not name:
            yield f"{address} gets a random one"


def names_begin_with_airflow(stack: Synthesised) -> Iterator[str]:
    for address, name in names(stack):
        # AWS names its own log groups after the service and the resource.
        if name and not re.match(r"(/(aws/(rds|ecs)/[a-z]+/)?)?airflow-", name):
            yield f"{address} is called {name}"


POLICIES: list[Policy] = [aws_accepts_the_names, names_are_given, names_begin_with_airflow]


@pytest.mark.parametrize("policy", POLICIES)
def test_policy(policy: Policy, every_kind: Mapping[str, Synthesised]) -> None:
    assert findings(policy, every_kind) == []


def test_no_two_resources_of_an_account_have_the_same_name(stacks: Mapping[str, Synthesised]) -> None:
    counts = Counter(
        (stack.provider["allowed_account_ids"][0], address.partition(".")[0], name)
        for stack in stacks.values()
        for address, name in names(stack)
    )
    assert len(counts) > 100
    assert [name for name, count in counts.items() if count > 1] == []


def test_every_limit_is_of_a_name_that_a_stack_has(every_kind: Mapping[str, Synthesised]) -> None:
    given = {
        (address.partition(".")[0], argument)
        for stack in every_kind.values()
        for kind in {kind for kind, _ in LIMITS}
        for address, args in each(stack, kind)
        for argument in args
    }
    assert LIMITS.keys() - given == set()


@pytest.mark.parametrize(
    ("kind", "argument", "name"),
    [
        ("aws_lb", "name", "a" * 33),
        ("aws_lb_target_group", "name", "airflow_dev"),
        ("aws_db_instance", "identifier", "a--b"),
        ("aws_rds_cluster", "database_name", "a-b"),
        ("aws_s3_bucket", "bucket", "A" * 20),
        ("aws_s3_bucket", "bucket", "a" * 64),
        ("aws_iam_role", "name", "a" * 65),
        ("aws_security_group", "description", "naïve"),
    ],
)
def test_a_name_that_aws_rejects_is_found(kind: str, argument: str, name: str) -> None:
    assert list(aws_accepts_the_names(made_of((kind, {argument: name}))))


def test_a_random_or_foreign_name_is_found() -> None:
    assert list(names_are_given(made_of(("aws_iam_role", {}))))
    assert list(names_begin_with_airflow(made_of(("aws_iam_role", {"name": "admin"}))))
