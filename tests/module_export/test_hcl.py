"""Documents in Terraform's language; test_platform.py and test_plans.py have Terraform read them."""

from textwrap import dedent
from typing import Any

import pytest

from module_export.hcl import configuration, expression
from module_export.values import Conditional, Fallback, Included, Json, Merged, NamedValues, decoded

TRUE = "${var.on}"


def _configuration(**body: Any) -> str:
    """The body of one resource."""
    text = configuration({"resource": {"aws_thing": {"a": body}}})
    return dedent(text.removeprefix('resource "aws_thing" "a" {\n').removesuffix("}\n"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", '"plain"'),
        ('with "quotes", \\ and\nlines', '"with \\"quotes\\", \\\\ and\\nlines"'),
        ("${aws_thing.a.id}", "aws_thing.a.id"),
        ("x-${aws_thing.a.id}", '"x-${aws_thing.a.id}"'),
        ('${replace(var.a, "-", "_")}/x', '"${replace(var.a, "-", "_")}/x"'),
        ("$${literal}", '"$${literal}"'),
        (None, "null"),
        (True, "true"),
        (0.5, "0.5"),
        ([], "[]"),
        (["a", 1], '["a", 1]'),
        ({}, "{}"),
        ({"aws:SourceArn": "x"}, '{ "aws:SourceArn" = "x" }'),
        ({"a": 1, "b": 2}, "{\na = 1\nb = 2\n}"),
        (Conditional(TRUE, "a", "b"), 'var.on ? "a" : "b"'),
        (Conditional(TRUE, Conditional("${var.b}", 1, 2), 3), "var.on ? (var.b ? 1 : 2) : 3"),
        (Fallback("${local.a.b}", "c"), 'try(local.a.b, "c")'),
        (Json({"a": [1]}), "jsonencode({ a = [1] })"),
        (
            NamedValues({"A": "b"}, "value"),
            '[for name, value in { A = "b" } : { name = name, value = tostring(value) }]',
        ),
        (NamedValues({"A": "b"}, "valueFrom"), '[for name, value in { A = "b" } : { name = name, valueFrom = value }]'),
        (["a", Included(TRUE, "b")], 'compact(["a", var.on ? "b" : null])'),
        ([Included(TRUE, {"a": 1})], "[for one in [var.on ? { a = 1 } : null] : one if one != null]"),
        ({"a": 1, "b": Included(TRUE, 2)}, "merge(\n{ a = 1 },\nvar.on ? { b = 2 } : {},\n)"),
        (Merged(("${local.a}", {})), "local.a"),
        (Merged(("${local.a}", Merged(("${local.b}", {"c": 1})))), "merge(\nlocal.a,\nlocal.b,\n{ c = 1 },\n)"),
    ],
)
def test_a_value_is_an_expression(value: Any, text: str) -> None:
    assert expression(value) == text


def test_dicts_are_blocks_and_tags_are_a_map() -> None:
    assert _configuration(tags={"Name": "x"}, rule=[{"to": 1}, {"to": 2}], log={"on": True}) == dedent("""\
        tags = { Name = "x" }

        rule {
          to = 1
        }

        rule {
          to = 2
        }

        log {
          on = true
        }
        """)


def test_arguments_and_blocks_that_may_not_exist_have_a_condition() -> None:
    assert _configuration(size=Included(TRUE, 1), log=Included(TRUE, {"to": "x"})) == dedent("""\
        size = var.on ? 1 : null

        dynamic "log" {
          for_each = var.on ? [1] : []

          content {
            to = "x"
          }
        }
        """)


def test_counts_are_first_and_references_and_the_lifecycle_last() -> None:
    body = {"depends_on": ["aws_thing.b"], "lifecycle": {"ignore_changes": ["size"]}, "log": {}, "a": 1, "count": 2}
    assert _configuration(**body) == dedent("""\
        count = 2
        a     = 1

        log {}

        depends_on = [aws_thing.b]

        lifecycle {
          ignore_changes = [size]
        }
        """)


def test_json_texts_are_data() -> None:
    text = '[{"name": "main", "environment": [{"name": "A", "value": "{\\"b\\": 1}"}], "secrets": []}]'
    environment = NamedValues({"A": Json({"b": 1})}, "value")
    assert decoded({"text": text}) == {"text": Json([{"name": "main", "environment": environment, "secrets": []}])}
    assert decoded("[not JSON") == "[not JSON"


def test_a_field_that_a_contract_gained_later_has_its_default() -> None:
    reference = "local.platform.bundles"
    text = f"%{{ if can({reference}) }}${{substr(jsonencode({reference}), 1)}}%{{ else }}[1]%{{ endif }}"
    assert decoded(text) == Fallback(f"${{{reference}}}", Json([1]))
