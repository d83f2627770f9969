"""Several syntheses in one document."""

from typing import Any

import pytest

from module_export.merge import Decision, Document, merge
from module_export.values import Conditional, Included, Json, NamedValues


def _document(**resources: Any) -> Document:
    return {"resource": {"aws_thing": resources}}


def _thing(document: Document, name: str = "a") -> Any:
    return document["resource"]["aws_thing"][name]


def test_decisions_that_change_different_values_both_apply() -> None:
    merged = merge(
        _document(a={"size": 1, "name": "x"}),
        Decision.between("var.large", _document(a={"size": 2, "name": "x"})),
        Decision.between("var.named", _document(a={"size": 1, "name": "y"})),
    )
    assert _thing(merged) == {
        "size": Conditional("${var.large}", 2, 1),
        "name": Conditional("${var.named}", "y", "x"),
    }


def test_two_decisions_on_one_value_are_refused() -> None:
    one, two = (Decision.between(f"var.{name}", _document(a={"size": name})) for name in ("one", "two"))
    with pytest.raises(ValueError, match=r"a\.size depends on several decisions: .*var\.one.*var\.two"):
        merge(_document(a={"size": 1}), one, two)


def test_two_decisions_that_both_add_an_entry_are_refused() -> None:
    one, two = (Decision.between(f"var.{name}", _document(a={"size": 1})) for name in ("one", "two"))
    with pytest.raises(ValueError, match=r"a\.size depends on several decisions: .*var\.one.*var\.two"):
        merge(_document(a={}), one, two)


def test_a_resource_that_a_decision_removes_is_counted_and_null_where_it_is_read() -> None:
    base = _document(a={"size": 1}, b={"of": "${aws_thing.a.id}"})
    without = _document(b={"of": "${aws_thing.a.id}"})
    merged = merge(base, Decision.between("var.one", without), Decision.between("var.two", without))
    assert _thing(merged) == {"count": Conditional("${!var.one && !var.two}", 1, 0), "size": 1}
    assert _thing(merged, "b") == {"of": "${one(aws_thing.a[*].id)}"}


def test_a_repeated_resource_that_is_removed_is_repeated_for_nothing() -> None:
    base = _document(a={"for_each": "${toset(var.names)}"}, b={})
    merged = merge(base, Decision.between("var.none", _document(b={})))
    assert _thing(merged) == {"for_each": "${{for key, value in toset(var.names) : key => value if !var.none}}"}


def test_dependencies_are_those_of_every_case() -> None:
    base = _document(a={"depends_on": ["aws_thing.b"]})
    merged = merge(base, Decision.between("var.other", _document(a={"depends_on": ["aws_thing.c"]})))
    assert _thing(merged) == {"depends_on": ["aws_thing.b", "aws_thing.c"]}


def test_what_one_decision_adds_exists_where_its_condition_holds() -> None:
    base = _document(a={"size": 1})
    merged = merge(base, Decision.between("var.logs", _document(a={"size": 1, "logs": {"to": "x"}})))
    assert _thing(merged) == {"size": 1, "logs": Included("${var.logs}", {"to": "x"})}


def test_elements_of_lists_are_found_by_their_names_in_the_order_of_each_list() -> None:
    base = _document(a={"policy": Json([{"Sid": "A"}, {"Sid": "Z"}])})
    one = _document(a={"policy": Json([{"Sid": "A"}, {"Sid": "B"}, {"Sid": "Z"}])})
    two = _document(a={"policy": Json([{"Sid": "A", "Effect": "Deny"}, {"Sid": "Z"}, {"Sid": "ZZ"}])})
    merged = merge(base, Decision.between("var.one", one), Decision.between("var.two", two))
    assert _thing(merged)["policy"] == Json(
        [
            {"Sid": "A", "Effect": Included("${var.two}", "Deny")},
            Included("${var.one}", {"Sid": "B"}),
            {"Sid": "Z"},
            Included("${var.two}", {"Sid": "ZZ"}),
        ]
    )


def test_one_decision_adds_an_entry_and_another_changes_it() -> None:
    def variables(**values: str) -> Document:
        return _document(a={"environment": Json(NamedValues(values, "value"))})

    merged = merge(
        variables(SUBNETS="private"),
        Decision.between("var.alone", variables()),
        Decision.between("var.public", variables(SUBNETS="public")),
    )
    subnets = Included("${!var.alone}", Conditional("${var.public}", "public", "private"))
    assert _thing(merged)["environment"] == Json(NamedValues({"SUBNETS": subnets}, "value"))


CONDITIONS = {"local.first": ["", "b"], "local.last": ["d"], "local.named": ["b", "c"]}


def _of(**sizes: int | bool) -> Any:
    """The size in the base and the cases b, c and d."""
    base, *cases = sizes.values()
    others = {case: _document(a={"size": size}) for case, size in zip("bcd", cases, strict=True)}
    return _thing(merge(_document(a={"size": base}), Decision(others, CONDITIONS)))["size"]


def test_cases_with_one_value_have_the_condition_that_is_true_in_them_only() -> None:
    assert _of(base=1, b=1, c=2, d=2) == Conditional("${local.first}", 1, 2)
    assert _of(base=1, b=2, c=2, d=3) == Conditional("${local.named}", 2, Conditional("${local.last}", 3, 1))
    assert _of(base=True, b=True, c=False, d=False) == "${local.first}"
    assert _of(base=True, b=True, c=True, d=False) == "${!local.last}"


def test_cases_without_a_condition_of_their_own_are_refused() -> None:
    with pytest.raises(ValueError, match=r"name the condition for \['c'\] of"):
        _of(base=1, b=1, c=2, d=1)


def test_conditions_count_only_where_there_is_a_value() -> None:
    def sized(size: int) -> Document:
        return _document(a={"inner": {"size": size}})

    # Without a value in d, local.first tells b from c.
    merged = merge(sized(1), Decision({"b": sized(1), "c": sized(2), "d": _document()}, CONDITIONS))
    assert _thing(merged)["count"] == Conditional("${!local.last}", 1, 0)
    assert _thing(merged)["inner"]["size"] == Conditional("${local.first}", 1, 2)


def test_an_output_that_a_decision_adds_is_null_without_it() -> None:
    output = {"value": "${data.aws_thing.a.id}", "description": "what it is"}
    added = {"data": {"aws_thing": {"a": {"name": "x"}}}, "output": {"id": output}}
    merged = merge({}, Decision.between("var.one", added))
    value = Conditional("${var.one}", "${one(data.aws_thing.a[*].id)}")
    assert merged["output"] == {"id": {"value": value, "description": "what it is"}}
