"""Any file content yields either a model or error lines with file, line and problem."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from configuration.problems import ConfigError
from configuration.tfvars import read
from configuration.values import parse
from modules.platform.config import PlatformConfig
from modules.project import ProjectConfig
from tests.configuration.files import PLATFORM, PROJECT

# All examples of a test share its folder: each overwrites the file.
FAST = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)

FRAGMENTS = st.sampled_from(
    [*"{}[]()=:,.\"'\\$%#!-+*?<>\n\t\r \x00\ufeff\u2028", "owner", "network", "vpc", "cidr", "zones", "tags", "true",
     "false", "null", "for", "in", "if", "${", "%{", "$${", "<<EOT\n", "<<-EOT\n", "EOT\n", "/*", "*/", "//", "\\u", "\\ud800",
     "\\u0024{", '"10.0.0.0/16"', "0", "1e9", "1e999", "9" * 400, "9" * 5000, "-1", "0.5", "é", "💥", "password", '"x"'],
)  # fmt: skip
HCL_LIKE = st.lists(FRAGMENTS, max_size=30).map("".join)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = st.sampled_from([*PlatformConfig.model_fields, "vpc", "cidr", "zones", "scheduler"]) | st.text(max_size=6)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def holds(folder: Path, content: bytes) -> None:
    file = folder / "any.tfvars"
    file.write_bytes(content)
    for model in (PlatformConfig, ProjectConfig):
        config, values, problems, said = None, None, 0, ""
        try:
            config, values = read(file, model)
        except ConfigError as error:
            problems, said = len(error.problems), str(error)
        if values:
            assert isinstance(config, model)
            assert values.lines
            assert all(1 <= line <= content.count(b"\n") + content.count(b"\r") + 1 for line in values.lines.values())
        else:
            lines = said.encode().decode().split("\n")
            assert len(lines) == problems > 0
            assert all(line.startswith(f"{file}:") and line.isprintable() for line in lines), lines


def hcl(value: object) -> str:
    """Return a value as HCL; some floats and texts yield invalid HCL."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {hcl(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(hcl, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@FAST
@given(text=st.text())
@example(text="\x00")
@example(text="\x85 = 1")
@example(text="a = {\n  b = \u2028\n}")
def test_any_text_is_read_or_refused(tmp_path: Path, text: str) -> None:
    holds(tmp_path, text.encode("utf-8", "surrogatepass"))


@FAST
@given(content=st.binary())
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    holds(tmp_path, content)


@FAST
@given(text=HCL_LIKE)
def test_any_mix_of_hcl_tokens_is_read_or_refused(tmp_path: Path, text: str) -> None:
    holds(tmp_path, text.encode())
    holds(tmp_path, f"owner = {text}".encode())


@FAST
@given(st.sampled_from([PLATFORM, PROJECT]), st.integers(0, 500), st.integers(0, 12), HCL_LIKE | st.text(max_size=5))
def test_any_change_of_a_valid_file_is_read_or_refused(
    tmp_path: Path, text: str, start: int, length: int, new: str
) -> None:
    start %= len(text)
    holds(tmp_path, (text[:start] + new + text[start + length :]).encode("utf-8", "surrogatepass"))


@FAST
@given(text=st.sampled_from([PLATFORM, PROJECT]), end=st.integers(0, 500))
def test_any_part_of_a_valid_file_is_read_or_refused(tmp_path: Path, text: str, end: int) -> None:
    holds(tmp_path, text[:end].encode())


@FAST
@given(tree=st.dictionaries(st.sampled_from([*PlatformConfig.model_fields, *ProjectConfig.model_fields]), TREES))
def test_any_value_of_a_known_key_is_read_or_refused(tmp_path: Path, tree: dict[str, object]) -> None:
    holds(tmp_path, "\n".join(f"{key} = {hcl(value)}" for key, value in tree.items()).encode("utf-8", "surrogatepass"))


@FAST
@given(st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), st.recursive(
    st.integers(-(10**30), 10**30) | st.booleans() | st.from_regex(r"[a-z0-9 .:/-]{0,9}", fullmatch=True),
    lambda inner: st.lists(inner, max_size=4), max_leaves=9), min_size=1))  # fmt: skip
def test_plain_values_are_read_unchanged(tmp_path: Path, tree: dict[str, object]) -> None:
    file = tmp_path / "any.tfvars"
    file.write_text("\n".join(f"{key}_ = {hcl(value)}" for key, value in tree.items()))
    assert parse(file).tree == {f"{key}_": value for key, value in tree.items()}


@pytest.mark.parametrize("opening", ["[", "{a = ", "(", "[{a=", '"${', "-", "!"])
@pytest.mark.parametrize("depth", [50, 150, 400, 2000])
def test_any_depth_of_nesting_is_read_or_refused(tmp_path: Path, opening: str, depth: int) -> None:
    closing = {"[": "]", "{a = ": "}", "(": ")", "[{a=": "}]", '"${': '}"'}.get(opening, "")
    holds(tmp_path, f"tags = {opening * depth}1{closing * depth}".encode())
    holds(tmp_path, f"tags = {opening * depth}".encode())
