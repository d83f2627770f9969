"""Tests read stacks through a helper that fails on misspelled kinds and on resources that a stack does not have."""

from collections.abc import Callable

import pytest

from tests.synthesised import Synthesised, provider_kinds

STACK = Synthesised("dev-platform", {"resource": {"aws_vpc": {"vpc": {}}, "aws_subnet": {"a": {}, "b": {}}}})
EMPTY = Synthesised("dev-platform", {"resource": {}})


@pytest.mark.parametrize("read", [STACK.resources, STACK.only, STACK.has])
@pytest.mark.parametrize("misspelled", ["aws_vcp", "aws_vpcs", "vpc", "aws_data_aws_vpc"])
def test_a_kind_that_the_provider_does_not_have_is_rejected(read: Callable[[str], object], misspelled: str) -> None:
    with pytest.raises(AssertionError, match=f"the AWS provider has no resource {misspelled}"):
        read(misspelled)


def test_a_misspelled_kind_is_rejected_also_where_an_empty_result_is_allowed() -> None:
    with pytest.raises(AssertionError, match="the AWS provider has no resource"):
        STACK.resources("aws_vcp", allow_empty=True)


def test_an_empty_result_is_rejected_unless_it_is_allowed() -> None:
    with pytest.raises(AssertionError, match="dev-platform has no aws_lb"):
        STACK.resources("aws_lb")
    assert STACK.resources("aws_lb", allow_empty=True) == {}
    assert STACK.resources("aws_vpc") == {"vpc": {}}


def test_a_stack_has_a_kind_or_has_it_not() -> None:
    assert (STACK.has("aws_vpc"), STACK.has("aws_lb")) == (True, False)


def test_only_rejects_none_and_several() -> None:
    assert STACK.only("aws_vpc") == {}
    with pytest.raises(AssertionError, match="dev-platform has no aws_lb"):
        STACK.only("aws_lb")
    with pytest.raises(AssertionError, match="dev-platform has 2 aws_subnet"):
        STACK.only("aws_subnet")


def test_every_resource_rejects_a_stack_without_any() -> None:
    assert [(kind, id) for kind, id, _ in STACK.every_resource()] == [
        ("aws_vpc", "vpc"),
        ("aws_subnet", "a"),
        ("aws_subnet", "b"),
    ]
    with pytest.raises(AssertionError, match="dev-platform has no resources"):
        EMPTY.every_resource()


def test_containers_reject_a_stack_without_tasks() -> None:
    with pytest.raises(AssertionError, match="dev-platform has no aws_ecs_task_definition"):
        assert STACK.containers


def test_the_kinds_are_those_of_the_provider() -> None:
    assert {"aws_s3_bucket", "aws_s3_bucket_server_side_encryption_configuration", "aws_lb"} <= provider_kinds()
    assert len(provider_kinds()) > 1400
