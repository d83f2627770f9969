"""Number of parameters of functions and constructors."""

import ast
from collections.abc import Iterator

import pytest

from tests.test_structure import source_files

LONGEST = 12
# Records with a field for each value of a document or a command line; never called with positions.
RECORDS = {"PlatformContract", "Flags"}


def parameters(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the name and the number of parameters of each function, and of each dataclass's constructor."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            arguments = node.args
            names = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
            names += [one.arg for one in (arguments.vararg, arguments.kwarg) if one]
            yield getattr(node, "name", "lambda"), len(names) - (names[:1] in (["self"], ["cls"]))
        elif isinstance(node, ast.ClassDef) and any("dataclass" in ast.dump(one) for one in node.decorator_list):
            yield node.name, sum(isinstance(one, ast.AnnAssign) for one in node.body)


def test_no_function_or_constructor_has_more_than_12_parameters() -> None:
    found = [
        (file.relative_to(file.parents[1]), name, number)
        for file in source_files().values()
        for name, number in parameters(ast.parse(file.read_text()))
    ]
    assert len(found) > 1_000
    assert not [one for one in found if one[2] > LONGEST and one[1] not in RECORDS]


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("def f(a, /, b, *c, d, **e): ...", 5),
        ("class C:\n    def f(self, a, *, b): ...", 2),
        ("@dataclass(frozen=True)\nclass C:\n    a: int\n    b: int = 1", 2),
        ("f = lambda a, b: a", 2),
    ],
)
def test_every_kind_of_parameter_counts(source: str, number: int) -> None:
    assert [found for _, found in parameters(ast.parse(source))] == [number]
