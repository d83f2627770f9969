import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from environments.image import record
from ops import demo, stacks
from ops.local_aws.state import LocalAws
from ops.run import Outcome


@pytest.mark.parametrize(
    ("remembered", "said"), [("another start", True), ("this start", False), (None, False), ("not JSON", False)]
)
def test_a_restarted_local_aws_is_said_to_have_forgotten(
    remembered: str | None, said: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "deployed.json"
    if remembered:
        file.write_text("{" if remembered == "not JSON" else json.dumps({"run_id": remembered}))
    running = LocalAws("http://127.0.0.1:1", 1, 1, "now", "this start", containers=False)
    monkeypatch.setattr(demo, "_DEPLOYED", file)
    monkeypatch.setattr("ops.local_aws.server.start", lambda root: running)
    monkeypatch.setattr("ops.local_aws.server.running", lambda root: running)
    output = StringIO()
    demo._start(stacks.environment("local"), Console(file=output, width=200))
    assert ("was restarted since the last deploy and has forgotten it: building it again" in output.getvalue()) == said


@pytest.mark.parametrize(("result", "took"), [("anything", "  0 s"), (Outcome(41, {"added": 3}), "  3 added (41 s)")])
def test_each_stage_says_how_long_it_took(result: object, took: str) -> None:
    output = StringIO()
    assert demo._stage(Console(file=output, width=200), "image", lambda: result) is result
    assert output.getvalue().splitlines() == ["image", took]


def test_down_forgets_the_image_whose_registry_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "local").mkdir()
    record(tmp_path / "local", "sha256:" + "ab" * 32, "tag")
    monkeypatch.setattr(demo, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(demo, "_DEPLOYED", tmp_path / "deployed.json")
    monkeypatch.setattr("ops.local_aws.server.running", lambda root: None)
    demo.down(Console(file=StringIO()))
    assert list((tmp_path / "local").iterdir()) == []
