"""Tables that a reader of the platform looks for are in one file each."""

import ast
import re

import pytest

from tests.checkout import ROOT
from tests.variants import Values, platform

PLATFORM = ROOT / "modules" / "platform"


def files_that_call(*names: str) -> set[str]:
    """Return the platform's files that call any of these functions."""
    return {
        file.name
        for file in PLATFORM.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    }


def test_every_connection_is_in_connections() -> None:
    assert files_that_call("allow", "allow_from", "allow_https_out") == {"connections.py"}


def test_every_iam_statement_is_in_permissions() -> None:
    assert files_that_call("Statement") == {"permissions.py"}


def test_the_page_lists_the_ports_of_the_rules() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    chapter = page.partition("## Network connections")[2].partition("\n## ")[0]
    assert "`modules/platform/connections.py`" in chapter
    rows = [row.split("|") for row in chapter.splitlines() if row.startswith("| ")][1:]
    listed = {int(port) for row in rows for port in re.findall(r"\b\d+\b", row[3])}
    mysql = {"airflow": {"executor": "local"}, "protected": False, "database": {"container": {"engine": "mysql"}}}
    variants: list[Values] = [mysql, {"airflow": {"executor": "celery"}}]
    rules = [
        rule
        for values in variants
        for way in ("ingress", "egress")
        for rule in platform(**values).resources(f"aws_vpc_security_group_{way}_rule").values()
    ]
    assert listed == {rule["from_port"] for rule in rules}


@pytest.mark.parametrize("name", ["platform.py", "connections.py", "permissions.py", "services.py"])
def test_a_table_fits_on_a_few_screens(name: str) -> None:
    assert len((PLATFORM / name).read_text().splitlines()) <= 200
