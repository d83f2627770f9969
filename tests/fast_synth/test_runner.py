"""`python -m fast_synth` runs a program as `python` does."""

import json
from typing import Any

import pytest

from tests.fast_synth.conftest import FAST, STOCK, Project

PROGRAM = """
import json, sys

{imports}
seen = {{"name": __name__, "file": __file__, "arguments": sys.argv[1:], "first": sys.path[0]}}
bindings = sorted({{"cdktf", "constructs", "jsii"}} & set(sys.modules))
print(json.dumps(seen | {{"bindings": bindings, "main": sys.modules["__main__"].__file__}}))
sys.exit(3)
"""


def run(project: Project, *arguments: str, runner: tuple[str, ...]) -> Any:
    done = project.run(*arguments, runner=runner)
    assert (done.returncode, done.stderr) == (3, "")
    return json.loads(done.stdout)


@pytest.mark.parametrize("program", [["folder/program.py"], ["-m", "folder.program"]], ids=["file", "module"])
def test_a_program_finds_what_it_finds_under_python(project: Project, program: list[str]) -> None:
    project.write("folder/program.py", PROGRAM.format(imports=""))
    found = run(project, *program, "-m", "--option", runner=FAST)
    assert found["arguments"] == ["-m", "--option"]
    assert found["bindings"] == []
    assert found == run(project, *program, "-m", "--option", runner=STOCK)


@pytest.mark.parametrize("module", ["cdktf", "constructs", "cdktf_cdktf_provider_aws.vpc"])
def test_whichever_package_is_imported_first_all_are_the_slim_ones(project: Project, module: str) -> None:
    files = "import cdktf, constructs, json; from cdktf_cdktf_provider_aws import vpc"
    project.write("program.py", f"import {module}\n{files}\nprint(cdktf.__file__, constructs.__file__, vpc.__file__)")
    done = project.run("program.py")
    assert done.stderr == ""
    assert [file.startswith(str(project.cache)) for file in done.stdout.split()] == [True, True, True]


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-m"], ["--share", "0/2"]])
def test_wrong_usage_is_explained(project: Project, arguments: list[str]) -> None:
    done = project.run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: python -m fast_synth FILE")


def test_the_slim_package_is_built_in_advance(cold: Project) -> None:
    assert cold.run("--build").returncode == 0
    assert [path.parent for path in cold.cache.glob("*/cdktf_cdktf_provider_aws")] == cold.slim_packages()
