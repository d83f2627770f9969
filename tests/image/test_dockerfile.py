import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from modules.container import Container
from modules.platform.components import API_SERVER
from modules.platform.registry import ImageConfig
from modules.settings import AIRFLOW_HOME, located_settings

AIRFLOW = Path(__file__).parents[2] / "airflow"
LINES = (AIRFLOW / "Dockerfile").read_text().replace("\\\n", " ").splitlines()


def instructions(kind: str) -> list[str]:
    return [re.sub(r"\s+", " ", line.removeprefix(f"{kind} ")).strip() for line in LINES if line.startswith(f"{kind} ")]


def pins() -> dict[str, str]:
    lines = (AIRFLOW / "requirements.txt").read_text().splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if re.match(r"[a-z]", line))


def test_hadolint_reports_nothing() -> None:
    run = subprocess.run(
        ["hadolint", "--no-color", AIRFLOW / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_it_extends_the_official_image_of_the_locked_version() -> None:
    assert instructions("FROM") == ["${BASE_IMAGE}:${AIRFLOW_VERSION}-python${PYTHON_VERSION}"]
    arguments = dict(one.split("=") for one in instructions("ARG") if "=" in one)
    assert arguments["BASE_IMAGE"] == "apache/airflow"
    assert arguments["AIRFLOW_VERSION"] == pins()["apache-airflow"] == ImageConfig().version


def test_it_runs_as_the_user_that_ecs_names() -> None:
    assert instructions("USER")[-1] == Container("any", [], {}).user == "50000:0"


def test_its_health_check_is_that_of_ecs() -> None:
    (check,) = instructions("HEALTHCHECK")
    words = re.findall(r'"([^"]+)"', check)
    assert " ".join(words) == API_SERVER.health.command.removesuffix(" || exit 1")
    (command,) = instructions("CMD")
    assert tuple(re.findall(r'"([^"]+)"', command)) == API_SERVER.command


def test_its_code_is_where_the_settings_say() -> None:
    variables = dict(one.split("=", 1) for one in instructions("ENV")[0].split(" "))
    located = located_settings(AIRFLOW_HOME)
    assert {name: variables[name] for name in variables.keys() & located.keys()} == {
        name: located[name] for name in ("PYTHONPATH", "AIRFLOW__FAB__CONFIG_FILE")
    }


def test_what_is_copied_is_compiled_as_root() -> None:
    lines = [line for line in LINES if re.match(r"COPY|RUN|USER", line)]
    (compiles,) = [line for line in lines if "compileall" in line]
    folders = {one.split(" ")[1].rstrip("/") for one in instructions("COPY") if one.split(" ")[1].endswith("/")}
    assert set(re.findall(r"/opt/\S+", compiles)) == folders
    before = lines[: lines.index(compiles)]
    assert [line for line in before if line.startswith("USER")][-1] == "USER 0"
    assert len([line for line in before if line.startswith("COPY")]) == len(instructions("COPY"))


def test_it_installs_with_the_uv_that_resolved() -> None:
    with (AIRFLOW.parent / "Pipfile").open("rb") as file:
        resolved = tomllib.load(file)["packages"]["uv"]
    assert f" uv{resolved};" in " ".join(instructions("RUN"))


@pytest.mark.parametrize("name", ["AIRFLOW_VERSION", "REVISION", "SOURCE"])
def test_its_labels_name_its_source(name: str) -> None:
    assert f'"${{{name}}}"' in instructions("LABEL")[0]


def test_only_what_is_copied_is_sent_to_the_builder() -> None:
    ignored = [line for line in (AIRFLOW / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    copied = {one.split(" ")[0] for one in instructions("COPY")}
    assert ignored[0] == "*"
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied
    assert {"config/*.env", "**/.*"} <= set(ignored)
