import shutil
import sysconfig
from pathlib import Path

import pytest

from tests.fast_synth.conftest import Project

INSTALLED = Path(sysconfig.get_path("purelib")) / "cdktf_cdktf_provider_aws"
NOTE = "fast_synth: using stock CDKTF, which is slower, because "


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("import cdktf_cdktf_provider_aws", "modules/odd.py:2 does not import as"),
        ("import cdktf_cdktf_provider_aws.vpc as vpc", "modules/odd.py:2 does not import as"),
        ("from cdktf_cdktf_provider_aws import vpc", "modules/odd.py:2 does not import as"),
        (
            'import_module("cdktf_cdktf_provider_aws.vpc")',
            "modules/odd.py:2 names cdktf_cdktf_provider_aws in a string",
        ),
        ("from cdktf_cdktf_provider_aws.no_such import X", "the installed provider has no module no_such"),
    ],
)
def test_unsupported_imports_fall_back(project: Project, line: str, reason: str) -> None:
    project.write("modules/odd.py", f"\n{line}\n")
    found = project.probe()
    assert (found.package, found.errors.startswith(NOTE + reason)) == (INSTALLED, True), found.errors


def test_a_note_is_one_line(project: Project) -> None:
    project.write("modules/odd.py", "import cdktf_cdktf_provider_aws")
    assert project.probe().errors.count("\n") == 1


def test_a_cache_that_cannot_be_written_falls_back(project: Project, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = project.probe(FAST_SYNTH_CACHE=str(tmp_path / "file" / "cache"))
    assert (found.package, "NotADirectoryError" in found.errors) == (INSTALLED, True)


def test_a_project_without_the_provider_falls_back(project: Project) -> None:
    project.write("modules/network.py", "")
    assert NOTE + "nothing in main.py, backend, configuration, modules imports" in project.probe().errors


def _provider(project: Project, *, init: str | None = None, tarball: bytes = b"damaged") -> str:
    """Copy the installed provider with changes; return the PYTHONPATH that finds the copy first."""
    other = project.root / "other" / "cdktf_cdktf_provider_aws"
    for module in ("_jsii", "data_aws_region", "provider", "s3_bucket", "security_group", "vpc"):
        (other / module).mkdir(parents=True)
        shutil.copy(INSTALLED / module / "__init__.py", other / module)
    (other / "__init__.py").touch()
    (other / "_jsii" / "provider-aws@20.1.0.jsii.tgz").write_bytes(tarball)
    if init is not None:
        (other / "_jsii" / "__init__.py").write_text(init)
    return f"{other.parent}:{project.environment()['PYTHONPATH']}"


def test_a_provider_of_another_layout_falls_back(project: Project) -> None:
    path = _provider(project, init="load_differently()")
    assert "does not load its JavaScript with the expected call" in project.probe(PYTHONPATH=path).errors


def test_a_build_that_fails_falls_back(project: Project) -> None:
    found = project.probe(PYTHONPATH=_provider(project, tarball=b"damaged"))
    assert (found.package.parent.name, "ReadError" in found.errors) == ("other", True), found.errors


def test_a_build_that_fails_leaves_nothing(cold: Project) -> None:
    cold.probe(PYTHONPATH=_provider(cold, tarball=b"damaged"))
    assert cold.slim_packages() == []
