import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from airflow_on_aws.delivery import project_delivery
from airflow_on_aws.delivery.dependencies import environment_path
from airflow_on_aws.delivery.project_delivery import deliver, install_packages
from airflow_on_aws.delivery.registry import Project
from airflow_on_aws.delivery.releases import ProjectFolder
from repository import Repository

WHEEL = "tiny-1.0-py3-none-any.whl"


def wheel(folder: Path) -> None:
    """Write a wheel with one module, so that no test needs a package index."""
    files = {
        "tiny.py": "ANSWER = 42\n",
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    with zipfile.ZipFile(folder / WHEEL, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            lines.append(f"{name},sha256={digest},{len(text)}")
        archive.writestr("tiny-1.0.dist-info/RECORD", "\n".join([*lines, "tiny-1.0.dist-info/RECORD,,"]) + "\n")


def answers(python: Path) -> bool:
    return subprocess.run([python, "-c", "import tiny"], capture_output=True, check=False).returncode == 0


def test_a_release_has_its_packages_in_the_projects_environment_before_it_is_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_delivery, "check_dags", lambda *arguments, **keywords: [])
    projects, repository = tmp_path / "projects", Repository(tmp_path / "repository")
    weather = Project("weather", repository.url)
    wheel(repository.folder)
    repository.change({"dags/one.py": "", "requirements.txt": f"./{WHEEL}\n"})
    deliver(weather, projects)
    python = projects / "weather/current-environment/bin/python"
    assert answers(python)
    assert not answers(Path(sys.executable))

    built = python.resolve().parent, python.lstat().st_mtime_ns
    repository.change({"dags/two.py": ""})
    deliver(weather, projects)
    install_packages("weather", projects)
    assert (python.resolve().parent, python.lstat().st_mtime_ns) == built, "the same requirements are installed once"

    (projects / "weather/current-environment/.complete").unlink()  # as if the installation had been killed
    install_packages("weather", projects)
    assert python.lstat().st_mtime_ns != built[1]
    assert answers(python)

    folder = ProjectFolder(projects, "weather")
    release = (projects / "weather/current").resolve()
    (release / "requirements.txt").write_text("other==1.0\n")
    assert environment_path(folder, release) != folder.environment


@pytest.mark.parametrize(("text", "asks"), [("# none yet\n\n  # really\n", False), ("six # why\n", True)])
def test_a_file_with_comments_only_needs_no_environment(tmp_path: Path, text: str, asks: bool) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    assert bool(environment_path(ProjectFolder(tmp_path, "weather"), tmp_path)) is asks
