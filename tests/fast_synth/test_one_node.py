"""One Node does what jsii's two do."""

import subprocess
import sys
from pathlib import Path

import pytest

from fast_synth import one_node
from fast_synth.misfit import Misfit
from tests.fast_synth.conftest import Project

# Says how many Nodes there are, in words of Node's own on both of its streams.
SPEAKS = """
import os, subprocess, sys
from pathlib import Path

import fast_synth

fast_synth.enable(Path.cwd())
from cdktf import App

preload = Path("preload.js")
App()
import psutil
print("nodes", len([one for one in psutil.Process().children(recursive=True) if "node" in one.name()]))
"""


def run(project: Project, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", SPEAKS],
        cwd=project.root,
        env=project.environment(**environment),
        capture_output=True,
        text=True,
        check=True,
    )


def test_there_is_one_and_two_if_the_user_chose_the_runtime_s_options(project: Project) -> None:
    assert "nodes 1" in run(project).stdout
    assert "nodes 2" in run(project, NODE_OPTIONS="--no-warnings").stdout


def test_packages_are_linked_file_by_file_where_node_would_not_keep_links(project: Project) -> None:
    entry = one_node.runtime(project.cache)
    assert "nodes 1" in run(project, JSII_RUNTIME=str(entry)).stdout


def test_what_javascript_prints_is_not_taken_for_a_message(project: Project, tmp_path: Path) -> None:
    folder = one_node.runtime(project.cache).parent
    talkative = tmp_path / "talkative"
    talkative.mkdir()
    for file in folder.iterdir():
        (talkative / file.name).write_bytes(file.read_bytes())
    entry = talkative / one_node.ENTRY.name
    chatter = "process.on('exit', () => { console.log('bye out'); console.error('bye err'); });\nrequire("
    entry.write_text(entry.read_text().replace("require('./program", f"{chatter}'./program"))
    said = run(project, JSII_RUNTIME=str(entry), NODE_OPTIONS=one_node.NODE_OPTIONS)
    assert "nodes 1" in said.stdout
    assert "bye out" in said.stdout
    assert "bye err" in said.stderr


def test_an_error_of_javascript_is_raised_in_python(project: Project, tmp_path: Path) -> None:
    project.write("main.py", (project.root / "main.py").read_text().replace('Network(stack, "network")', "stack.add_override('', 1); Network(stack, 'network'); Network(stack, 'network')"))  # fmt: skip
    failed = project.synthesise(tmp_path / "output")
    assert failed.returncode == 1
    assert "There is already a Construct with name 'network'" in failed.stderr


@pytest.mark.parametrize("change", ["gone", "other"])
def test_a_jsii_that_is_built_otherwise_is_told(change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "jsii/_embedded/jsii"
    package.mkdir(parents=True)
    (tmp_path / "jsii/__init__.py").write_text("")
    if change == "other":
        for file in one_node.FILES:
            (package / file).write_text("readFD:4")
    spec = type("Spec", (), {"origin": str(tmp_path / "jsii/__init__.py")})
    monkeypatch.setattr(one_node, "find_spec", lambda name: spec)
    with pytest.raises(Misfit, match=r"jsii [\d.]+ (has no lib__program.js|does not exchange its messages)"):
        one_node.runtime(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
