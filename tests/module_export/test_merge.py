"""Several syntheses in one document."""

import json
from typing import Any

import pytest

from module_export.choices import choices
from module_export.merge import merge


def _document(**resources: Any) -> dict[str, Any]:
    return {"resource": {"aws_thing": resources}}


def _thing(document: dict[str, Any], name: str = "a") -> Any:
    return document["resource"]["aws_thing"][name]


def test_decisions_that_change_different_values_are_both_there() -> None:
    base = _document(a={"size": 1, "name": "x"})
    merged = merge(
        base,
        {"var.large": _document(a={"size": 2, "name": "x"})},
        {"var.named": _document(a={"size": 1, "name": "y"})},
    )
    assert _thing(merged) == {"size": "${var.large ? 2 : 1}", "name": '${var.named ? "y" : "x"}'}


def test_two_decisions_on_one_value_are_refused() -> None:
    base = _document(a={"size": 1})
    with pytest.raises(ValueError, match=r"depends on several decisions: .*var\.one.*var\.two"):
        merge(base, {"var.one": _document(a={"size": 2})}, {"var.two": _document(a={"size": 3})})


def test_a_resource_that_a_decision_takes_away_is_counted_and_read_so_that_it_may_be_missing() -> None:
    base = _document(a={"size": 1}, b={"of": "${aws_thing.a.id}"})
    without = _document(b={"of": "${aws_thing.a.id}"})
    merged = merge(base, {"var.one": without}, {"var.two": without})
    assert _thing(merged) == {"size": 1, "count": "${(var.one) || (var.two) ? 0 : 1}"}
    assert _thing(merged, "b") == {"of": "${one(aws_thing.a[*].id)}"}


def test_a_repeated_resource_that_is_taken_away_is_repeated_for_nothing() -> None:
    base = _document(a={"for_each": "${toset(var.names)}"}, b={})
    merged = merge(base, {"var.none": _document(b={})})
    assert _thing(merged) == {"for_each": "${{for key, value in toset(var.names) : key => value if !(var.none)}}"}


def test_dependencies_are_those_of_every_case() -> None:
    base = _document(a={"depends_on": ["aws_thing.b"]})
    merged = merge(base, {"var.other": _document(a={"depends_on": ["aws_thing.c"]})})
    assert _thing(merged) == {"depends_on": ["aws_thing.b", "aws_thing.c"]}


def test_a_block_that_a_decision_adds_is_dynamic() -> None:
    base = _document(a={"size": 1})
    merged = merge(base, {"var.logs": _document(a={"size": 1, "logs": {"to": "x"}})})
    assert _thing(merged)["dynamic"] == {"logs": {"for_each": "${var.logs ? [1] : []}", "content": {"to": "x"}}}


def _list(*names: str) -> str:
    return json.dumps([{"name": name} for name in names])


def test_a_text_that_decisions_change_in_different_places_has_a_condition_in_each() -> None:
    template = choices(
        _list("a", "m", "z"), [{"var.b": _list("a", "b", "m", "z")}, {"var.y": _list("a", "m", "y", "z")}]
    )
    first, second = '${var.b ? "\\"name\\": \\"b\\"}, {" : ""}', '${var.y ? "\\"name\\": \\"y\\"}, {" : ""}'
    assert template == f'[{{"name": "a"}}, {{{first}"name": "m"}}, {{{second}"name": "z"}}]'


def test_what_several_cases_say_alike_is_said_once() -> None:
    template = choices("[1]", [{"var.a": "[2]", "var.b": "[2]", "var.c": "[3]"}])
    assert template == '[${(var.a) || (var.b) ? "2" : var.c ? "3" : "1"}]'


def test_texts_that_would_make_no_json_together_are_refused() -> None:
    with pytest.raises(ValueError, match="together make no JSON"):
        choices("[]", [{"var.a": '[{"name": "a"}]'}, {"var.b": '[{"name": "b"}]'}])


def test_an_output_that_a_decision_brings_is_null_without_it() -> None:
    output = {"value": "${data.aws_thing.a.id}", "description": "what it is"}
    merged = merge({}, {"var.one": {"data": {"aws_thing": {"a": {"name": "x"}}}, "output": {"id": output}}})
    value = "${var.one ? one(data.aws_thing.a[*].id) : null}"
    assert merged["output"] == {"id": {"value": value, "description": "what it is"}}
