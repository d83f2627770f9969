from pathlib import Path

import pytest

from fast_synth.unsupported_setup import UnsupportedSetup
from fast_synth.used_modules import used_modules

VPC = "from cdktf_cdktf_provider_aws.vpc import Vpc"


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        (VPC, ["vpc"]),
        (f"{VPC}, VpcConfig as Config", ["vpc"]),
        (f"{VPC}\n{VPC}Config", ["vpc"]),
        ("from cdktf_cdktf_provider_aws.vpc import (\n    Vpc,\n)", ["vpc"]),
        ("from cdktf_cdktf_provider_aws.vpc \\\n    import Vpc", ["vpc"]),
        (f"def later():\n    {VPC}", ["vpc"]),
        (f"import os; {VPC}", ["vpc"]),
        (f"{VPC}\nfrom cdktf_cdktf_provider_aws.eip import Eip", ["eip", "vpc"]),
        (f'"""Uses cdktf_cdktf_provider_aws."""\n{VPC}', ["vpc"]),
        (f"{VPC}  # cdktf_cdktf_provider_aws.eip has more", ["vpc"]),
        ("from .cdktf_cdktf_provider_aws import vpc", []),
        ("from os import path", []),
        ("", []),
    ],
)
def test_modules_are_found(tmp_path: Path, source: str, modules: list[str]) -> None:
    (tmp_path / "main.py").write_text(source)
    assert used_modules(tmp_path, ["main.py"]) == modules


def test_folders_are_read_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / "modules" / "deep").mkdir(parents=True)
    (tmp_path / "modules" / "deep" / "network.py").write_text(VPC)
    assert used_modules(tmp_path, ["modules", "not there"]) == ["vpc"]


def test_other_folders_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(VPC)
    assert used_modules(tmp_path, ["modules"]) == []


def test_an_unsupported_import_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import os\n\nimport cdktf_cdktf_provider_aws as aws\n")
    with pytest.raises(UnsupportedSetup, match=r"^main.py:3 "):
        used_modules(tmp_path, ["main.py"])
