import base64
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

AIRFLOW = Path(__file__).parents[2] / "airflow"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (".env.example", "new_env.py"):
        shutil.copy(AIRFLOW / name, tmp_path)
    return tmp_path


def written(folder: Path) -> dict[str, str]:
    subprocess.run([sys.executable, folder / "new_env.py"], capture_output=True, check=True)
    return dict(re.findall(r"^(\w+)=(.*)$", (folder / ".env").read_text(), re.MULTILINE))


def test_secrets_are_generated_and_readable_by_the_owner_only(folder: Path) -> None:
    first = written(folder)
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    (folder / ".env").unlink()
    second = written(folder)
    changed = {name for name in first if first[name] != second[name]}
    assert changed == {name for name in first if name.endswith(("_KEY", "_PASSWORD", "_SECRET"))}
    assert len(base64.urlsafe_b64decode(first["FERNET_KEY"])) == 32
    assert len(first["JWT_SECRET"]) >= 64


def test_it_adds_what_is_missing_and_changes_nothing(folder: Path) -> None:
    first = written(folder)
    (folder / ".env").write_text("AIRFLOW_PORT=9090\nFERNET_KEY=mine\n")
    assert written(folder) | {"AIRFLOW_PORT": "9090", "FERNET_KEY": "mine"} == written(folder)
    assert written(folder).keys() == first.keys()
