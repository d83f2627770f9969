import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ops import demo, stacks
from ops.local_aws.state import LocalAws


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
