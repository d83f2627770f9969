"""Approval of a plan by the operator, in the words of cdktf."""

import sys
from signal import SIGINT
from typing import TYPE_CHECKING

from ops.errors import OpsError
from ops.interrupts import INTERRUPTS

if TYPE_CHECKING:
    from ops.terraform.engine import Answer
    from ops.terraform.stack import Plan


def check_terminal() -> None:
    """Raise OpsError if there is no terminal for a prompt."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise OpsError("there is no terminal to ask at: add --auto-approve, after a look at `cdktf diff`")


def ask(stack: str, plan: "Plan") -> "Answer":
    """Ask whether to apply the printed plan; Ctrl-C counts as a signal."""
    import questionary

    question = questionary.select(
        f"Please review the diff output above for {stack}",
        choices=[
            questionary.Choice("Approve  Applies the changes outlined in the plan.", "approve"),
            questionary.Choice("Dismiss", "dismiss"),
            questionary.Choice("Stop", "stop"),
        ],
        instruction=" ",
        qmark="",
    )

    def abort() -> None:
        question.application.exit(exception=KeyboardInterrupt())

    try:
        with INTERRUPTS.during_prompt(abort):
            answer: Answer = question.unsafe_ask()
    except KeyboardInterrupt:
        if INTERRUPTS.received is None:
            INTERRUPTS.receive(SIGINT)
        return "stop"
    return answer
