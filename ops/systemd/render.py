"""`ops systemd`: rendering of the files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import jinja2
import typer

from modules.settings import AIRFLOW_HOME
from ops.errors import OpsError
from ops.paths import ROOT
from ops.systemd.deployment import LOOPBACK, deployment_settings, quote_value
from ops.systemd.options import BUCKET, HOST, NAME, REGION, URL, matching, networks
from ops.systemd.units import ExecutorName, Unit, service_units

TEMPLATES = ROOT / "airflow" / "systemd"
# Files without parameters, and their paths on the machine.
FIXED = {
    "airflow.target": "etc/systemd/system/airflow.target",
    "service.conf": "etc/systemd/system/airflow-.service.d/common.conf",
    "sysusers.conf": "etc/sysusers.d/airflow.conf",
    "logrotate.conf": "etc/logrotate.d/airflow",
    "airflow-run": "usr/local/sbin/airflow-run",
}
AGENT = "opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.d/airflow.json"
LOG_DAYS = 90  # retention of the components' logs in CloudWatch, as on ECS


def render(
    output: Annotated[
        Path,
        typer.Option(help="New or empty folder for the files, with the layout of the machine's /.", file_okay=False),
    ],
    url: Annotated[
        str, typer.Option(help="URL of Airflow's pages.", callback=matching(URL, "https://airflow.example.org"))
    ],
    region: Annotated[str, typer.Option(help="AWS region.", callback=matching(REGION, "us-east-1"))],
    log_bucket: Annotated[
        str, typer.Option(help="Name of the bucket for task logs.", callback=matching(BUCKET, "my-airflow-logs"))
    ],
    prefix: Annotated[
        str, typer.Option(help="Prefix of secrets and log groups.", callback=matching(NAME, "airflow-ec2"))
    ] = "airflow",
    executor: Annotated[
        ExecutorName, typer.Option(help="Tasks run in the scheduler (local), or in workers (celery).")
    ] = "local",
    execution_api_url: Annotated[
        str,
        typer.Option(
            help="URL of the execution API for tasks.", callback=matching(URL, "http://10.0.0.5:8080/execution/")
        ),
    ] = "http://localhost:8080/execution/",
    host: Annotated[
        str,
        typer.Option(
            help="Address at which the api-server listens; 0.0.0.0 for other machines.",
            callback=matching(HOST, "0.0.0.0"),  # noqa: S104 - an example
        ),
    ] = LOOPBACK,
    proxies: Annotated[
        str,
        typer.Option(help="Addresses and networks of the TLS proxies, separated by commas.", callback=networks),
    ] = LOOPBACK,
) -> None:
    """Write systemd units and files for logrotate and the CloudWatch agent, for Airflow on a machine such as an EC2 instance."""
    if output.exists() and any(output.iterdir()):
        raise OpsError(f"{output} is not empty: pass a new folder with --output")
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
    try:
        for name, text in files.items():
            path = output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755 if "sbin" in name else 0o644)
    except OSError as error:
        raise OpsError(f"{path} cannot be written: {error.strerror}; pass another folder with --output") from None
    typer.echo(f"{len(files)} files in {output}; docs/how-to/ec2.md describes their installation")


def agent(chosen: Sequence[Unit], prefix: str) -> dict[str, object]:
    """Return the configuration of the CloudWatch agent: the same log groups as on ECS, and metrics of memory and disk."""
    logs = [
        {
            "file_path": f"/var/log/airflow/{unit.short_name}.log",
            "log_group_name": f"/{prefix}/{unit.short_name}",
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
    """Return a command for ExecStart: the program's path, and quoted words without variables and specifiers."""
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
        autoescape=False,  # noqa: S701 - not HTML
    )
    templates.filters["command"] = command_line
    return templates
