from pathlib import Path
from subprocess import CompletedProcess

import pytest

from benchmarks.measured_run import files_below
from tests.fast_synth.conftest import MAIN, NETWORK, STOCK, Project

ROUTE_TABLE_WITHOUT_VPC = """
        from cdktf_cdktf_provider_aws.route_table import RouteTable
        RouteTable(self, "wrong", vpc_id=None)
"""


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output of stock CDKTF, which takes 12 s."""
    root = tmp_path_factory.mktemp("stock")
    project = Project(root, root / "cache")
    project.write_sample()
    _check(project.synthesise(root / "output", runner=STOCK))
    return root / "output"


def _check(run: "CompletedProcess[str]") -> None:
    assert run.returncode == 0, run.stderr


def test_output_is_that_of_stock_byte_for_byte(project: Project, stock: Path, tmp_path: Path) -> None:
    _check(project.synthesise(tmp_path / "output"))
    assert files_below(tmp_path / "output") == files_below(stock)


def test_the_output_compared_holds_the_resources(stock: Path) -> None:
    written = (stock / "stacks" / "sample" / "cdk.tf.json").read_text()
    assert all(type_ in written for type_ in ("aws_vpc", "aws_security_group", "aws_s3_bucket", "aws_region"))


def test_a_fast_synthesis_prints_nothing(project: Project, tmp_path: Path) -> None:
    assert project.synthesise(tmp_path / "output").stderr == ""


@pytest.mark.parametrize("wrong", ["cidr_block=5", 'tags={"a": 5}', "tags=[]", "cidr_block=region"])
def test_an_argument_of_a_wrong_type_is_refused(project: Project, tmp_path: Path, wrong: str) -> None:
    """The check in Python is compiled away; the check in jsii's kernel stays."""
    project.write("modules/network.py", NETWORK + f'        Vpc(self, "wrong", {wrong})\n')
    run = project.synthesise(tmp_path / "output")
    assert "Unable to deserialize value" in run.stderr


def test_an_argument_of_cdktf_s_own_of_a_wrong_type_is_refused(project: Project, tmp_path: Path) -> None:
    project.write("main.py", MAIN.replace('bucket="b"', "bucket=5"))
    assert "Unable to deserialize value" in project.synthesise(tmp_path / "output").stderr


def test_an_unknown_argument_is_refused(project: Project, tmp_path: Path) -> None:
    project.write("modules/network.py", NETWORK.replace("from_port=80", "bogus=80"))
    assert "unexpected keyword argument 'bogus'" in project.synthesise(tmp_path / "output").stderr


def test_a_required_argument_that_is_none_is_refused(project: Project, tmp_path: Path) -> None:
    """The check in Python is an ``assert`` and compiled away; the check in jsii's kernel stays."""
    project.write("modules/network.py", NETWORK + ROUTE_TABLE_WITHOUT_VPC)
    assert "vpcId" in project.synthesise(tmp_path / "output").stderr


def test_an_import_from_outside_the_sources_is_explained(project: Project, tmp_path: Path) -> None:
    project.write("extra/elsewhere.py", "from cdktf_cdktf_provider_aws.eip import Eip\n")
    project.write("main.py", MAIN.replace("app = App()", "import extra.elsewhere"))
    errors = project.synthesise(tmp_path / "output").stderr
    assert "without 'eip', because nothing in main.py, backend, configuration, modules imports it" in errors
