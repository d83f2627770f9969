from tests.fast_synth.conftest import Project

TEST = """
import pytest
import sys

import cdktf


@pytest.mark.parametrize("number", range(4))
def test_cdktf(number):
    assert cdktf.__file__.startswith({cache!r})
"""

ONCE = """
import sys

import cdktf


def test_finders():
    ours = [type(finder).__name__ for finder in sys.meta_path if type(finder).__module__.startswith("fast_synth")]
    assert ours == ["_FirstImport", "ExplainMissingModule"]
"""


def test_workers_of_pytest_xdist_import_the_slim_package(project: Project) -> None:
    project.write("test_sample.py", TEST.format(cache=str(project.cache)))
    done = project.run("-p", "fast_synth.pytest_plugin", "-n", "2", "test_sample.py", runner=("-m", "pytest"))
    assert "4 passed" in done.stdout


def test_the_runner_and_the_plugin_together_prepare_once(project: Project) -> None:
    project.write("test_sample.py", ONCE)
    done = project.run("-m", "pytest", "-p", "fast_synth.pytest_plugin", "test_sample.py")
    assert "1 passed" in done.stdout
