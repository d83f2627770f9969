"""Writes the files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import jinja2
import typer

from local_aws.ports import LOOPBACK
from modules.settings import AIRFLOW_HOME
from ops.errors import OpsError
from ops.paths import ROOT
from ops.systemd.deployment import deployment_settings, quote_value
from ops.systemd.units import ExecutorName, Unit, service_units

TEMPLATES = ROOT / "airflow" / "systemd"
# Files that are the same for everybody, and where they belong.
FIXED = {
    "airflow.target": "etc/systemd/system/airflow.target",
    "service.conf": "etc/systemd/system/airflow-.service.d/common.conf",
    "sysusers.conf": "etc/sysusers.d/airflow.conf",
    "logrotate.conf": "etc/logrotate.d/airflow",
    "airflow-run": "usr/local/sbin/airflow-run",
}
AGENT = "opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.d/airflow.json"
# How long CloudWatch keeps what components print, as on ECS.
LOG_DAYS = 90


def render(
    output: Annotated[Path, typer.Option(help="A folder to write to, laid out like the machine's /. Empty or new.")],
    url: Annotated[str, typer.Option(help="What people open, such as https://airflow.example.org.")],
    region: Annotated[str, typer.Option(help="The AWS region.")],
    log_bucket: Annotated[str, typer.Option(help="The bucket for the logs of tasks.")],
    prefix: Annotated[str, typer.Option(help="What names of secrets and log groups begin with.")] = "airflow",
    executor: Annotated[ExecutorName, typer.Option(help="Tasks in the scheduler, or in workers.")] = "local",
    execution_api_url: Annotated[
        str, typer.Option(help="Where tasks reach the api-server.")
    ] = "http://localhost:8080/execution/",
    host: Annotated[
        str, typer.Option(help="Where the api-server listens; 0.0.0.0 if other machines ask it.")
    ] = LOOPBACK,
    proxies: Annotated[
        str, typer.Option(help="What ends TLS: addresses and networks, separated by commas.")
    ] = LOOPBACK,
) -> None:
    """Write the systemd units, logrotate and CloudWatch agent files of Airflow on a machine of one's own, such as EC2."""
    if output.exists() and any(output.iterdir()):
        raise OpsError(f"{output} is not empty: name a new folder")
    chosen = service_units(executor)
    deployment = deployment_settings(
        url=url,
        execution_api_url=execution_api_url,
        region=region,
        prefix=prefix,
        log_bucket=log_bucket,
        executor=executor,
        host=host,
        proxies=proxies,
    )
    templates = _templates()
    service = templates.get_template("service.j2")
    files = {
        **{f"etc/systemd/system/{unit.name}.service": service.render(unit=unit) for unit in chosen},
        **{target: (TEMPLATES / name).read_text() for name, target in FIXED.items()},
        "etc/tmpfiles.d/airflow.conf": templates.get_template("tmpfiles.j2").render(units=chosen),
        "etc/airflow/deployment.env": "".join(f"{name}={quote_value(deployment[name])}\n" for name in deployment),
        AGENT: json.dumps(agent(chosen, prefix), indent=2) + "\n",
    }
    for name, text in files.items():
        path = output / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if "sbin" in name else 0o644)
    typer.echo(f"{len(files)} files in {output}; docs/how-to/ec2.md says how to install them")


def agent(chosen: Sequence[Unit], prefix: str) -> dict[str, object]:
    """The CloudWatch agent's configuration: the log groups that ECS has too, memory and disk."""
    logs = [
        {
            "file_path": f"/var/log/airflow/{unit.part}.log",
            "log_group_name": f"/{prefix}/{unit.part}",
            "log_stream_name": "{instance_id}",
            "retention_in_days": LOG_DAYS,
        }
        for unit in chosen
    ]
    return {
        "agent": {"run_as_user": "cwagent"},
        "logs": {"logs_collected": {"files": {"collect_list": logs}}},
        "metrics": {
            "namespace": prefix,
            "append_dimensions": {"InstanceId": "${aws:InstanceId}"},
            "metrics_collected": {
                "disk": {"measurement": ["used_percent"], "resources": ["/"]},
                "mem": {"measurement": ["used_percent"]},
            },
        },
    }


def command_line(words: Sequence[str]) -> str:
    """As ExecStart wants it: programs by their path, each word in quotes, nothing of it a variable or a specifier."""
    programs = {"bash": "/usr/bin/bash"}
    first = programs.get(words[0], f"{AIRFLOW_HOME}/venv/bin/{words[0]}")
    escaped = (
        word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$").replace("%", "%%") for word in words[1:]
    )
    return " ".join([first, *(f'"{word}"' if not word.replace("-", "").isalnum() else word for word in escaped)])


def _templates() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no HTML
    )
    templates.filters["command"] = command_line
    return templates
