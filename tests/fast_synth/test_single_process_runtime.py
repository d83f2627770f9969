"""One Node process does the work of jsii's two."""

import subprocess
from pathlib import Path

import pytest

from fast_synth import single_process_runtime
from fast_synth.unsupported_setup import UnsupportedSetup
from tests.fast_synth.conftest import Project

# Prints the number of Node processes.
PROGRAM = """
from cdktf import App

App()
import psutil
print("nodes", len([one for one in psutil.Process().children(recursive=True) if "node" in one.name()]))
"""


def run(project: Project, **environment: str) -> "subprocess.CompletedProcess[str]":
    project.write("program.py", PROGRAM)
    done = project.run("program.py", **environment)
    assert done.returncode == 0, done.stderr
    return done


def test_there_is_one_process_and_two_if_the_user_has_set_node_options(project: Project) -> None:
    assert "nodes 1" in run(project).stdout
    assert "nodes 2" in run(project, NODE_OPTIONS="--no-warnings").stdout


def test_packages_are_linked_file_by_file_where_node_would_not_keep_links(project: Project) -> None:
    entry = single_process_runtime.entry_point(project.cache)
    assert "nodes 1" in run(project, JSII_RUNTIME=str(entry)).stdout


def test_output_of_javascript_is_not_parsed_as_a_message(project: Project, tmp_path: Path) -> None:
    folder = single_process_runtime.entry_point(project.cache).parent
    talkative = tmp_path / "talkative"
    talkative.mkdir()
    for file in folder.iterdir():
        (talkative / file.name).write_bytes(file.read_bytes())
    entry = talkative / single_process_runtime.ENTRY_POINT.name
    chatter = "process.on('exit', () => { console.log('bye out'); console.error('bye err'); });\nrequire("
    entry.write_text(entry.read_text().replace("require('./program", f"{chatter}'./program"))
    said = run(project, JSII_RUNTIME=str(entry), NODE_OPTIONS=single_process_runtime.NODE_OPTIONS)
    assert "nodes 1" in said.stdout
    assert "bye out" in said.stdout
    assert "bye err" in said.stderr


def test_an_error_of_javascript_is_raised_in_python(project: Project, tmp_path: Path) -> None:
    project.write("main.py", (project.root / "main.py").read_text().replace('Network(stack, "network")', "stack.add_override('', 1); Network(stack, 'network'); Network(stack, 'network')"))  # fmt: skip
    failed = project.synthesise(tmp_path / "output")
    assert failed.returncode == 1
    assert "There is already a Construct with name 'network'" in failed.stderr


@pytest.mark.parametrize("change", ["gone", "other"])
def test_another_layout_of_jsii_is_unsupported(change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "jsii/_embedded/jsii"
    package.mkdir(parents=True)
    (tmp_path / "jsii/__init__.py").write_text("")
    if change == "other":
        for file in single_process_runtime.FILES:
            (package / file).write_text("readFD:4")
    spec = type("Spec", (), {"origin": str(tmp_path / "jsii/__init__.py")})
    monkeypatch.setattr(single_process_runtime, "find_spec", lambda name: spec)
    with pytest.raises(
        UnsupportedSetup, match=r"jsii [\d.]+ (has no lib__program.js|does not exchange its messages at)"
    ):
        single_process_runtime.entry_point(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
