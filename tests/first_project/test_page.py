"""Comparison of a page's outputs with real ones."""

import re
import shutil
from pathlib import Path

import pytest

from configuration.load import load
from configuration.requested_stacks import RequestedStacks
from configuration.stacks import add_stacks
from ops.projects.commands import stack_names
from tests.checkout import ROOT
from tests.first_project.page import Step, steps
from tests.synthesised import synthesise

PAGE = ROOT / "docs/how-to/first-project.md"
SHOWN = ["a.tfvars was made", "…", "  fetch: 24 rows on 2026-11-20", "  …", "error: it holds … objects", "done (17 s)"]
OUTPUT = """\
a.tfvars was made
more
  fetch: 24 rows on 2026-11-21

and more
error: it holds 4 objects
done (1.5 s)
"""


def test_durations_dates_and_omitted_lines_may_differ() -> None:
    assert Step("", SHOWN).untrue(OUTPUT) == []
    assert Step("", ["…", *SHOWN, "…"]).untrue(f"before\n{OUTPUT}after\n") == []
    assert (
        Step("", ["…", "x  Apply complete! Resources: 9 added", "…"]).untrue("Apply complete! Resources: 9 added") == []
    )


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("24 rows", "0 rows", ["  fetch: 24 rows on 2026-11-20"]),
        ("a.tfvars", "b.tfvars", ["a.tfvars was made"]),
        ("a.tfvars", "warning\na.tfvars", ["a.tfvars was made"]),
        ("done", "warning\ndone", ["error: it holds … objects", "done (17 s)"]),
        ("done (1.5 s)\n", "done (1.5 s)\nwarning\n", ["error: it holds … objects", "done (17 s)"]),
        ("done (1.5 s)\n", "", ["error: it holds … objects", "done (17 s)"]),
    ],
    ids=["another count", "another word", "a line before", "a line between", "a line after", "an end before the end"],
)
def test_any_other_difference_is_reported(old: str, new: str, missing: list[str]) -> None:
    assert OUTPUT.count(old) == 1
    assert Step("", SHOWN).untrue(OUTPUT.replace(old, new)) == missing


def test_each_block_must_be_printed_as_often_as_the_page_shows_it() -> None:
    assert Step("", ["same", "…", "same"]).untrue("same") == ["same"]
    assert Step("", ["same"]).untrue("same\nsame") == ["same"]


def test_the_page_has_the_number_of_synthesised_resources(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "environments/local", tmp_path / "local")
    (tmp_path / "local/projects/sales.tfvars").write_text(
        'owner = "you@example.org"\nprotected = false\nrepository = { url = "file:///home/you/sales-workflows" }\n'
    )
    names = {"local-platform", *stack_names("local", "sales")}
    made = synthesise(lambda app: add_stacks(app, load(tmp_path), RequestedStacks(names)))
    # Without the resources of executors other than `ecs`; plus the digest that `ops` stores of each deploy.
    there = {name: 1 + sum("count" not in args for _, _, args in made[name].every_resource()) for name in names}
    shown = "\n".join(line for step in steps(PAGE) for line in step.shown)
    found = re.findall(r"(local-[a-z-]+)(?:: deployed, |: destroyed, |  .*Resources: )(\d+) (?:added|resources)", shown)
    assert {name for name, _ in found} == names
    assert [(name, int(count)) for name, count in found] == [(name, there[name]) for name, _ in found]
