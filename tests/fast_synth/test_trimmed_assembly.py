import io
import json
from typing import Any

import pytest

from fast_synth.trimmed_assembly import trim_assembly
from fast_synth.unsupported_setup import UnsupportedSetup


def type_(name: str, **more: Any) -> dict[str, Any]:
    return {"fqn": f"@cdktf/provider-aws.{name}", "symbolId": f"src/{name.split('.')[0]}-dir/index:X", **more}


def assembly(types: list[dict[str, Any]], **changes: Any) -> bytes:
    content = {
        "name": "@cdktf/provider-aws",
        "schema": "jsii/0.10.0",
        "submodules": {"@cdktf/provider-aws.vpc": {"symbolId": "x"}, "@cdktf/provider-aws.eip": {"symbolId": "y"}},
        "targets": {"python": {"module": "m"}},
        "types": {definition["fqn"]: definition for definition in types},
        "version": "20.1.0",
        **changes,
    }
    return json.dumps(content, indent=2).encode()


TYPES = [type_("eip.Eip"), type_("vpc.Vpc", docs={"summary": "s"}), type_("vpc.VpcConfig", properties=[{"docs": {}}])]


def trim(content: bytes, *namespaces: str) -> tuple[dict[str, Any], dict[str, str]]:
    return trim_assembly(io.BytesIO(content), namespaces)


def test_other_modules_types_go() -> None:
    assert list(trim(assembly(TYPES), "vpc")[0]["types"]) == [
        "@cdktf/provider-aws.vpc.Vpc",
        "@cdktf/provider-aws.vpc.VpcConfig",
    ]


def test_other_submodules_go() -> None:
    assert list(trim(assembly(TYPES), "vpc")[0]["submodules"]) == ["@cdktf/provider-aws.vpc"]


@pytest.mark.parametrize("key", ["name", "schema", "targets", "version"])
def test_the_rest_stays(key: str) -> None:
    content = assembly(TYPES)
    assert trim(content, "eip")[0][key] == json.loads(content)[key]


def test_documentation_goes_at_any_depth() -> None:
    assert "docs" not in json.dumps(trim(assembly(TYPES), "vpc")[0]["types"])


def test_folders_come_from_the_types() -> None:
    assert trim(assembly(TYPES), "eip", "vpc")[1] == {"eip": "eip-dir", "vpc": "vpc-dir"}


def test_an_entry_across_two_reads_is_whole() -> None:
    long = type_("vpc.Vpc", value="x" * (3 << 20))
    assert trim(assembly([long]), "vpc")[0]["types"]["@cdktf/provider-aws.vpc.Vpc"]["value"] == long["value"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (assembly(TYPES, schema="jsii/1.0.0"), "jsii/1.0.0"),
        (assembly(TYPES, name="@cdktf/provider-google"), "provider-google"),
        (assembly([type_("vpc.Vpc", base="@cdktf/provider-aws.eip.Eip")]), "shared between modules: eip"),
        (assembly([type_("eip.Eip")]), "types are missing"),
        (assembly([*TYPES, {"fqn": "elsewhere.Type"}]), "does not have the expected layout"),
    ],
)
def test_what_was_not_expected_is_unsupported(content: bytes, reason: str) -> None:
    with pytest.raises(UnsupportedSetup, match=reason):
        trim(content, "vpc")


def test_another_indentation_is_unsupported() -> None:
    content = json.dumps(json.loads(assembly(TYPES))).encode()
    with pytest.raises(UnsupportedSetup, match="outside its modules"):
        trim(content, "vpc")
