"""Progress of work on a terminal and in a log."""

import time
from io import StringIO

import pytest
from rich.console import Console

from ops import progress
from ops.progress import ProgressDisplay


def test_a_log_gets_a_line_at_least_every_interval_while_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.5)
    output = StringIO()
    with ProgressDisplay(Console(file=output, width=40)) as display:
        display.row("local-platform").show("aws_db_instance.database that is longer than the line", 3, 147)
        time.sleep(3.5)
    lines = output.getvalue().splitlines()
    assert len(lines) >= 2
    assert lines[0].startswith("  local-platform: 3 of 147, aws_db_instance.database that is longer than the line (0:0")


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_gets_a_bar_with_total_time_and_current_resource_that_fits_it(width: int) -> None:
    output = StringIO()
    with ProgressDisplay(Console(file=output, force_terminal=True, width=width, legacy_windows=False)) as display:
        display.row("local-weather-infrastructure").show("aws_rds_cluster.target_with_a_long_name", 73, 147)
        shown = StringIO()
        Console(file=shown, width=width).print(display._live.get_renderable())
    [line] = shown.getvalue().splitlines()
    assert len(line.rstrip()) <= width
    assert line.startswith("  local-weather-infrastructure ")
    assert "\u2501" in line, "a bar"
    assert " 73/147 0:00:0" in line
    assert "aws_rds_cluster" in line


def test_rows_end_and_markup_in_them_is_printed_literally() -> None:
    output = StringIO()
    with ProgressDisplay(Console(file=output, force_terminal=True, width=80)) as display:
        row = display.row("[bold]stack[/bold]")
        row.show("[red]now[/red]")
        display._live.refresh()
        row.end()
    assert "[bold]stack[/bold]" in output.getvalue()
    assert display._rows == []
