"""Files that are not HCL, or that hold more than values."""

from pathlib import Path

import pytest

from configuration.values import parse
from tests.configuration.files import refusals

NOT_HCL = "not HCL; write one `key = value` per line, strings in double quotes, and close every { and ["
ONLY_VALUES = "tfvars hold values only, this is not one"
EXPRESSION = "tfvars hold values only, this is an expression; write the value itself, and a literal ${ as $${"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("owner", '1: "owner"'),
        ("owner =", '1: "owner ="'),
        ("= 1", '1: "= 1"'),
        ("owner: 1", '1: "owner: 1"'),
        ("owner = 'me'", "1: \"owner = 'me'\""),
        ('owner = "me', r'1: "owner = \"me"'),
        ('\n\nowner = "me\n', r'3: "owner = \"me"'),
        ("entry = {", '1: "entry = {"'),
        ("zones = [1, 2", '1: "zones = [1, 2"'),
        ("zones = [1,,2]", '1: "zones = [1,,2]"'),
        ("a = 1, b = 2", '1: "a = 1, b = 2"'),
        ("a = 1;", '1: "a = 1;"'),
        ("a = 0x10", '1: "a = 0x10"'),
        ("a =\n1", '1: "a ="'),
        ("}}}", '1: "}}}"'),
        ("1a = 1", '1: "1a = 1"'),
        ("a.b = 1", '1: "a.b = 1"'),
        ('a = "x" "y"', r'1: "a = \"x\" \"y\""'),
        ("/* no end", '1: "/* no end"'),
        ("a = \x00", r'1: "a = \u0000"'),
        ("\u2028 \ufeff", r'1: "\ufeff"'),
        ("<<<<<<< HEAD", '1: "<<<<<<< HEAD"'),
    ],
)
def test_invalid_hcl_is_refused_with_its_line(tmp_path: Path, text: str, where: str) -> None:
    assert refusals(tmp_path, text) == [f"platform.tfvars:{where}: {NOT_HCL}"]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("owner = me", f"1: owner: {ONLY_VALUES} (identifier); write the value itself"),
        ("owner = var.me", f"1: owner: {ONLY_VALUES} (get attr expr term); write the value itself"),
        ("owner = me[0]", f"1: owner: {ONLY_VALUES} (index expr term); write the value itself"),
        ("owner = me.*.name", f"1: owner: {ONLY_VALUES} (attr splat expr term); write the value itself"),
        ('owner = "${me}"', f"1: owner: {ONLY_VALUES} (interpolation); write the value itself"),
        ('owner = "${"me"}"', f"1: owner: {ONLY_VALUES} (interpolation); write the value itself"),
        ('owner = "%{ if true }x%{ endif }"', f"1: owner: {ONLY_VALUES} (template if start); write the value itself"),
        ('owner = file("me")', f"1: owner: {ONLY_VALUES} (function call); write the value itself"),
        ("owner = 1 + 2", f"1: owner: {ONLY_VALUES} (binary op); write the value itself"),
        ("owner = true ? 1 : 2", f"1: owner: {ONLY_VALUES} (conditional); write the value itself"),
        ("zones = [for x in y : x]", f"1: zones: {ONLY_VALUES} (for tuple expr); write the value itself"),
        ("tags = {for x in y : x => x}", f"1: tags: {ONLY_VALUES} (for object expr); write the value itself"),
        ("entry {\n}", f"1: {ONLY_VALUES} (block); write `name = {{` with an equals sign"),
        ('module "x" {\n  a = 1\n}', f"1: {ONLY_VALUES} (block); write `name = {{` with an equals sign"),
        ("owner = (1)", f"1: owner: {EXPRESSION}"),
        ("owner = !true", f"1: owner: {EXPRESSION}"),
        ("owner = 1e5", f"1: owner: {EXPRESSION}"),
        ("owner = <<EOT\n${file(x)}\nEOT\n", f"1: owner: {EXPRESSION}"),
        (r'owner = "\u0024{me}"', f"1: owner: {EXPRESSION}"),
        ("tags = { (x) = 1 }", f"1: tags.${{(x)}}: {EXPRESSION}"),
        ('tags = { "${x}" = 1 }', f"1: tags.${{x}}: {EXPRESSION}"),
    ],
)
def test_expressions_and_blocks_are_refused(tmp_path: Path, text: str, refusal: str) -> None:
    assert refusals(tmp_path, text) == [f"platform.tfvars:{refusal}"]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("a = 1\na = 2", "2: a: is given twice; delete one"),
        ("a = {\n  b = 1\n  b = 2\n}", "3: a.b: is given twice; delete one"),
        ('a = {"b" = 1, b = 2}', "1: a.b: is given twice; delete one"),
        ("a = 1 b = 2", "1: b: begins on the line of the previous value; write one value per line"),
        ('a = "x\ny"', "1: a: a string ends on the line where it begins; close the quotes"),
    ],
)
def test_invalid_hcl_that_python_hcl2_accepts_is_refused(tmp_path: Path, text: str, refusal: str) -> None:
    assert refusals(tmp_path, text) == [f"platform.tfvars:{refusal}"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('a = "x"', "x"),
        (r'a = "\"\\\n\u00e9"', '"\\\né'),
        ('a = "$${x} %%{y}"', "$${x} %%{y}"),
        ("a = -1", -1),
        ("a = 0.5", 0.5),
        ("a = true", True),
        ("a = null", None),
        ("a = [\n  1, # one\n  2,\n]", [1, 2]),
        ("a = {\n  b   = 1\n  c-d = { e : [] }\n}", {"b": 1, "c-d": {"e": []}}),
        ("a = <<EOT\none\ntwo\nEOT\n", "one\ntwo"),
        ("// x\n# y\n/* z */\na = 1", 1),
        ("a = 1\r\n", 1),
        ("\ufeffa = 1", 1),
    ],
)
def test_values_are_read_with_their_types(tmp_path: Path, text: str, value: object) -> None:
    file = tmp_path / "x.tfvars"
    file.write_bytes(text.encode())
    assert parse(file).tree == {"a": value}


def test_too_deep_nesting_is_refused(tmp_path: Path) -> None:
    for depth in (300, 3000):
        (line,) = refusals(tmp_path, "a = " + "[" * depth + "]" * depth)
        assert line.startswith("platform.tfvars")
