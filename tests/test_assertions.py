"""No assert passes because the collection that it looks at is empty."""

import ast
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Members of tests/synthesised.py that fail where there is nothing.
FILLED_CALLS, FILLED_ATTRIBUTES = {"resources", "every_resource"}, {"containers"}
# Methods and functions whose result is empty only if the object or an argument is.
METHODS = {"items", "keys", "splitlines", "values"}
WRAPPERS = {"dict", "enumerate", "list", "reversed", "set", "sorted", "tuple", "zip"}
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS = (ast.For, ast.AsyncFor)


def vacuous(test: ast.expr, assigned: Mapping[str, ast.expr]) -> ast.expr | None:
    """Return what an assertion iterates over, if it holds where that is empty."""
    match test:
        case ast.Call(func=ast.Name(id="all"), args=[inner]):
            pass
        case ast.UnaryOp(op=ast.Not(), operand=ast.Call(func=ast.Name(id="any"), args=[inner])):
            pass
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            pass
        case ast.Compare(left=inner, ops=[ast.LtE() | ast.Lt()]):
            pass
        case ast.Compare(left=inner, ops=[ast.Eq()], comparators=[other]) if is_empty(other):
            pass
        case _:
            return None
    inner = assigned.get(inner.id, inner) if isinstance(inner, ast.Name) else inner
    return inner.generators[0].iter if isinstance(inner, COMPREHENSIONS) else None


def proves(test: ast.expr, assigned: Mapping[str, ast.expr]) -> bool:
    """Return whether an assertion can only hold for something: not a negation, not equality with nothing."""
    match test:
        case ast.UnaryOp(op=ast.Not()) | ast.Compare(ops=[ast.NotIn() | ast.NotEq() | ast.Is()]):
            return False
        case ast.Compare(ops=[ast.Eq()], comparators=[other]) if is_empty(other):
            return False
    return vacuous(test, assigned) is None


def is_empty(node: ast.expr) -> bool:
    return ast.unparse(node) in {"[]", "{}", "()", "set()", "''", "0"}


def is_filled(node: ast.expr, filled: set[str]) -> bool:
    """Return whether an expression cannot be empty, given the names of which this is known."""
    match node:
        case ast.Name(id=name):
            return name in filled
        case ast.Constant(value=value):
            return bool(value)
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            return any(not isinstance(one, ast.Starred) or is_filled(one.value, filled) for one in elements)
        case ast.Dict(keys=keys, values=values):
            return any(key or is_filled(value, filled) for key, value in zip(keys, values, strict=True))
        case ast.BinOp(left=left, op=ast.Add() | ast.BitOr(), right=right):
            return is_filled(left, filled) or is_filled(right, filled)
        case ast.Call(func=ast.Attribute(attr=name), keywords=keywords) if name in FILLED_CALLS:
            return not any(one.arg == "allow_empty" for one in keywords)
        case ast.Call(func=ast.Attribute(attr="split"), args=[_, *_]):
            return True
        case ast.Call(func=ast.Name(id="range"), args=arguments):
            return all(is_filled(one, filled) for one in arguments[-1:])
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in METHODS:
            return is_filled(value, filled)
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in WRAPPERS:
            return any(is_filled(one, filled) for one in arguments)
        case ast.Attribute(attr=name) if name in FILLED_ATTRIBUTES:
            return True
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            return is_filled(value, filled)
        case ast.ListComp() | ast.SetComp() | ast.DictComp():
            return all(is_filled(one.iter, filled) and not one.ifs for one in node.generators)
    return False


def assignments(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    """Yield name and value of every assignment to a single name."""
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                pairs = list(zip(targets, values, strict=False))
            case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
                pairs = [(target, value)]
            case _:
                pairs = []
        yield from ((target.id, value) for target, value in pairs if isinstance(target, ast.Name))


def filled_by(nodes: Iterable[ast.AST], filled: set[str]) -> set[str]:
    """Return `filled` and the names that assignments set to something that cannot be empty."""
    found = set(filled)
    for name, value in assignments(nodes):
        if is_filled(value, found):
            found.add(name)
    return found


def names(nodes: Iterable[ast.AST]) -> set[str]:
    return {one.id for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)}


def asserts(node: ast.AST) -> list[ast.expr]:
    return [one.test for one in ast.walk(node) if isinstance(one, ast.Assert)]


def findings(source: str) -> Iterator[str]:
    """Yield the asserts of a module that do not fail if the collection that they iterate over is empty."""
    module = ast.parse(source)
    constants = filled_by(module.body, set())
    for function in (node for node in ast.walk(module) if isinstance(node, FUNCTIONS)):
        nodes, tests = list(ast.walk(function)), asserts(function)
        assigned = dict(assignments(nodes))
        proofs = [test for test in tests if proves(test, assigned)]
        for loop in (node for node in nodes if isinstance(node, LOOPS) and asserts(node)):
            outside = names(test for test in proofs if test not in asserts(loop))
            if not is_filled(loop.iter, filled_by(nodes, constants | outside)):
                yield f"{function.name}: for … in {ast.unparse(loop.iter)}"
        filled = filled_by(nodes, constants | names(proofs))
        for test in tests:
            iterated = vacuous(test, {name: value for name, value in assigned.items() if name not in names(proofs)})
            if iterated and not is_filled(iterated, filled):
                yield f"{function.name}: assert … in {ast.unparse(iterated)}"


def test_no_assert_passes_because_a_collection_is_empty() -> None:
    files = {file.relative_to(HERE): file.read_text() for file in HERE.rglob("*.py")}
    assert len(files) > 150
    assert [f"{file}: {one}" for file, text in sorted(files.items()) for one in findings(text)] == []


@pytest.mark.parametrize(
    "body",
    [
        "for one in read(): assert one",
        "assert not read()\nfor one in read(): assert one",
        "lines = read()\nassert 'x' not in lines\nfor one in lines: assert one",
        "for one in stack.resources('aws_vpc', allow_empty=True).values(): assert one",
        "assert all(one for one in read())",
        "assert not any(one for one in read())",
        "assert [one for one in read() if one] == []",
        "assert not [one for one in read() if one]",
        "assert {one for one in read()} <= {1}",
        "lines = read()\nassert {one for one in lines} <= {1}\nassert all(one for one in lines)",
        "wrong = [one for one in read() if one]\nassert wrong == []",
    ],
)
def test_an_assert_that_holds_for_nothing_is_found(body: str) -> None:
    found = " ".join(findings("def test() -> None:\n" + textwrap.indent(body, "    ")))
    assert "read()" in found or "lines" in found or "resources" in found


@pytest.mark.parametrize(
    "body",
    [
        "for one in (1, 2): assert one",
        "for one in stack.resources('aws_vpc').values(): assert one",
        "for task in stack.containers.values(): assert task",
        "lines = read()\nassert lines\nfor one in lines: assert one",
        "lines = read()\nassert len(lines) == 3\nassert [one for one in lines if one] == []",
        "assert {one for one in read()} == {1}",
        "lines = {one for one in read()}\nassert lines\nassert lines <= {1, 2}",
    ],
)
def test_an_assert_that_fails_for_nothing_is_accepted(body: str) -> None:
    assert list(findings("def test() -> None:\n" + textwrap.indent(body, "    "))) == []
