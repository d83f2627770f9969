"""Progress of a build or a push, on a terminal and in a log."""

from io import StringIO

import pytest
from rich.console import Console

from ops.image.display import Display


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    output = StringIO()
    with Display(Console(file=output, width=40)) as shown:
        for second in range(0, 61, 5):
            now[0] = second
            shown.show(f"Step {second}/60 : RUN [ -f x ] && a command that is longer than [bold]the line", second, 60)
    # One line whenever more than 15 s have passed.
    steps = [
        f"  image: Step {second}/60 : RUN [ -f x ] && a command that is longer than [bold]the line"
        for second in (20, 40, 60)
    ]
    assert output.getvalue().splitlines() == steps


def test_a_terminal_gets_a_bar_with_the_current_activity_as_it_is() -> None:
    output = StringIO()
    with Display(Console(file=output, force_terminal=True, width=120, legacy_windows=False), "Airflow") as shown:
        shown.show("scheduler [bold] not seen yet", 1, 4)
    last = output.getvalue()
    assert "Airflow" in last
    assert "scheduler [bold] not seen yet" in last
    assert "\u2501" in last, "a bar"
