import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from modules.container import STOP_SECONDS
from modules.platform.cluster import LogsConfig
from modules.platform.components import AWAIT_MIGRATION, COMPONENTS, MIGRATE, Component
from ops import cli
from ops.errors import OpsError
from ops.systemd import deployment, units
from ops.systemd.render import AGENT, command_line, render
from tests.programs import program

URL, REGION, BUCKET = "https://airflow.example.org", "us-east-1", "my-airflow-logs"
UNITS = "etc/systemd/system"
# Restrictions that the services do not have, by systemd's names. They need sockets, devices such as /dev/null, and each other's /proc.
UNRESTRICTED = {
    "DeviceAllow=",
    "IPAddressDeny=",
    "MemoryDenyWriteExecute=",
    "PrivateNetwork=",
    "ProcSubset=",
    "ProtectProc=",
    "RestrictAddressFamilies=~AF_(INET|INET6)",
    "RestrictAddressFamilies=~AF_UNIX",
    "RootDirectory=/RootImage=",
}


@pytest.fixture(scope="module", params=["local", "celery"])
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("tree")
    render(output, URL, REGION, BUCKET, executor=request.param)
    return output


def service(tree: Path, name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, delimiters="=", comment_prefixes="#")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((tree / UNITS / f"airflow-{name}.service").read_text())
    return parser


def secrets(tree: Path, name: str) -> set[str]:
    text = (tree / UNITS / f"airflow-{name}.service").read_text()
    return set(re.findall(r"^EnvironmentFile=/etc/airflow/(\w+)\.env$", text, re.MULTILINE))


def test_systemd_accepts_the_units(tree: Path, tmp_path: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    root = shutil.copytree(tree, tmp_path / "root")
    for file in ("opt/airflow/venv/bin/airflow", "opt/airflow/venv/bin/python", "usr/bin/bash"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", root / file)
    shutil.copytree("/usr/lib/systemd/system", root / "usr/lib/systemd/system", symlinks=True)
    names = [file.name for file in (root / UNITS).glob("airflow*.*") if file.is_file()]
    assert len(names) == 9
    run = subprocess.run([analyze, "verify", f"--root={root}", *names], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_every_service_is_confined(tree: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    files = sorted((tree / UNITS).glob("airflow-*.service"))
    # Exposure in tenths, from 0 (best) to 96 (a service without any restriction).
    run = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", "--threshold=15", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert run.stdout.count("Overall exposure level") == len(files)
    command = [analyze, "security", "--offline=true", "--no-pager", "--json=short"]
    reports = {
        file.stem: subprocess.run([*command, file], capture_output=True, text=True, check=True) for file in files
    }
    unset = {name: {one["name"] for one in json.loads(run.stdout) if not one["set"]} for name, run in reports.items()}
    assert unset == dict.fromkeys(reports, UNRESTRICTED)


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda each: str(each.name))
def test_a_component_runs_as_on_ecs(tree: Path, component: Component) -> None:
    section = service(tree, component.name)["Service"]
    assert section["ExecStart"] == f"/opt/airflow/venv/bin/airflow {' '.join(component.command)}"
    assert section["ExecStartPre"] == command_line(AWAIT_MIGRATION)
    assert section["ExecStartPre"].startswith("/opt/airflow/venv/bin/python -m ")
    answers = f"until ({component.health.command}) >/dev/null 2>&1; do sleep 2; done"
    assert section["ExecStartPost"] == command_line(("bash", "-c", answers))
    assert section["TimeoutStopSec"] == str(STOP_SECONDS)
    assert (section["Restart"], section["RestartSec"]) == ("always", "10")


def test_the_migration_runs_as_on_ecs(tree: Path) -> None:
    section = service(tree, "migrate")["Service"]
    assert section["ExecStart"] == command_line(MIGRATE)


def test_services_start_after_network_and_migration(tree: Path) -> None:
    unit = service(tree, "scheduler")["Unit"]
    assert unit["After"] == "network-online.target airflow-migrate.service"
    assert unit["StartLimitIntervalSec"] == "0"


def test_quoting_passes_a_command_unchanged_to_the_shell() -> None:
    script = "printf '%s\\n' \"$HOME\""
    line = command_line(("bash", "-c", script))
    undone = line.split(' "', 1)[1].removesuffix('"')
    assert undone.replace("%%", "%").replace("$$", "$").replace('\\"', '"').replace("\\\\", "\\") == script
    assert line.startswith("/usr/bin/bash -c ")


def test_a_service_has_only_the_secrets_that_it_needs(tree: Path) -> None:
    assert secrets(tree, "dag-processor") == {"core"}
    assert secrets(tree, "worker") == {"sessions", "broker", "tasks"}
    assert secrets(tree, "webhook") == {"webhook"}
    assert "admin" not in secrets(tree, "scheduler")


def test_services_share_settings_and_no_secrets(tree: Path) -> None:
    common = (tree / UNITS / "airflow-.service.d/common.conf").read_text()
    files = re.findall(r"^EnvironmentFile=-?/etc/airflow/(.*)$", common, re.MULTILINE)
    assert files == ["deployment.env", "own.env"]


def test_no_file_contains_a_secret(tree: Path) -> None:
    (file,) = (tree / "etc/airflow").iterdir()
    assert file.name == "deployment.env"
    assert not re.search(r"PASSWORD|FERNET|SECRET_KEY|JWT|SQL_ALCHEMY", file.read_text())


def test_only_services_that_run_tasks_can_write_projects(tree: Path) -> None:
    writes = {
        unit.name
        for unit in units.service_units("celery" if "broker" in secrets(tree, "scheduler") else "local")
        if "ReadWritePaths=/opt/airflow/projects" in (tree / UNITS / f"{unit.name}.service").read_text()
    }
    assert writes - {"airflow-worker"} == (set() if "broker" in secrets(tree, "scheduler") else {"airflow-scheduler"})


def test_the_agent_sends_every_log_to_the_group_that_ecs_uses(tree: Path) -> None:
    collected = json.loads((tree / AGENT).read_text())["logs"]["logs_collected"]["files"]["collect_list"]
    groups = {one["file_path"]: one["log_group_name"] for one in collected}
    names = [file.stem.removeprefix("airflow-") for file in (tree / UNITS).glob("airflow-*.service")]
    assert set(groups.values()) == {f"/airflow/{name}" for name in names}
    for name in names:
        path = service(tree, name)["Service"]["StandardOutput"].removeprefix("append:")
        assert groups[path] == f"/airflow/{name}"
        assert f"f {path} 0640 root airflow -" in (tree / "etc/tmpfiles.d/airflow.conf").read_text()
    assert {one["retention_in_days"] for one in collected} == {LogsConfig().component_days}


def test_logrotate_accepts_its_configuration(tree: Path, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir(mode=0o750)
    (logs / "scheduler.log").write_text("{}\n")
    text = (tree / "etc/logrotate.d/airflow").read_text().replace("/var/log/airflow", str(logs))
    (tmp_path / "airflow").write_text(text)
    debug = [program("logrotate", "logrotate"), "--debug", "--force", "--state", str(tmp_path / "state")]
    run = subprocess.run([*debug, str(tmp_path / "airflow")], capture_output=True, text=True, check=False)
    assert run.returncode == 0
    assert "error:" not in run.stderr
    assert f"copying {logs}/scheduler.log to {logs}/scheduler.log.1" in run.stderr


def test_a_folder_with_files_is_refused(tree: Path) -> None:
    with pytest.raises(OpsError, match="not empty: pass a new folder"):
        render(tree, URL, REGION, BUCKET)


def test_a_folder_that_cannot_be_written_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OpsError, match=f"{tmp_path}/file/x/.* cannot be written: Not a directory; pass another folder"):
        render(tmp_path / "file" / "x", URL, REGION, BUCKET)


ARGUMENTS = {"url": URL, "region": REGION, "log-bucket": BUCKET, "host": "::", "proxies": "10.0.0.0/16, 10.1.0.5"}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("output", __file__),
        ("url", "airflow.example.org"),
        ("url", "https://admin:secret@airflow.example.org"),
        ("execution-api-url", "http://"),
        ("region", "us-esat"),
        ("log-bucket", "s3://my-airflow-logs"),
        ("prefix", "/airflow"),
        ("host", "0.0.0.0 # all"),
        ("proxies", "*"),
        ("proxies", "10.0.0.1/16"),
        ("proxies", "10.0.0.0/16,"),
    ],
)
def test_a_wrong_option_is_refused_and_nothing_is_written(option: str, value: str, tmp_path: Path) -> None:
    arguments = {"output": str(tmp_path / "tree"), **ARGUMENTS, option: value}
    done = CliRunner().invoke(cli.app, ["systemd", *(f"--{name}={text}" for name, text in arguments.items())])
    assert done.exit_code == 2
    assert f"Invalid value for '--{option}'" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_right_options_are_accepted(tmp_path: Path) -> None:
    arguments = {"output": str(tmp_path / "tree"), **ARGUMENTS, "prefix": "team/airflow-ec2"}
    done = CliRunner().invoke(cli.app, ["systemd", *(f"--{name}={text}" for name, text in arguments.items())])
    assert (done.exit_code, done.stderr) == (0, "")


def test_a_value_with_a_quote_or_a_line_break_is_refused() -> None:
    with pytest.raises(OpsError, match="quote or a line break"):
        deployment.quote_value("it's")
