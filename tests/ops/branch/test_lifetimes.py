from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops import cli, doctor
from ops.branch import lifetimes, remove
from ops.branch.lifetimes import Lifetime, today
from ops.errors import OpsError
from ops.stacks import selection
from ops.stacks.states import State
from tests.configuration.files import PLATFORM, write

YESTERDAY, TODAY = today() - timedelta(days=1), today()
Hold = Callable[..., None]


def branch(day: object) -> str:
    return PLATFORM.replace("10.20.", "10.64.") + f'expires = "{day}"\n'


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix the date, in case the tests run at midnight."""
    monkeypatch.setattr(lifetimes, "today", lambda: TODAY)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(selection, "ENVIRONMENTS", tmp_path)
    monkeypatch.setattr(remove, "ENVIRONMENTS", tmp_path)
    write(tmp_path, {"dev/platform.tfvars": PLATFORM, "branch-one/platform.tfvars": branch(TODAY)})
    return tmp_path


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Hold:
    """Function that sets the states of the account."""

    def held(*states: State) -> None:
        for module in (lifetimes, remove):
            monkeypatch.setattr(module, "account_states", lambda config: list(states))

    return held


def test_an_environment_expires_after_its_last_day() -> None:
    assert [Lifetime("branch-x", "1", day, 0).past for day in (YESTERDAY, TODAY)] == [True, False]


def test_the_doctor_lists_expired_environments_and_how_to_delete_them(root: Path) -> None:
    assert doctor._lifetimes() == "no environment is past its last day"
    write(root, {"branch-one/platform.tfvars": branch(YESTERDAY)})
    with pytest.raises(OpsError) as refused:
        doctor._lifetimes()
    assert str(refused.value) == (
        f"branch-one should be gone since {YESTERDAY}: "
        "pipenv run cdktf destroy branch-one-platform && pipenv run ops remove-branch one"
    )


def test_environments_of_other_checkouts_are_listed(root: Path, hold: Hold) -> None:
    hold(
        State("branch-one/platform.tfstate", 7, {"expires": str(TODAY)}),
        State("branch-two/platform.tfstate", 5, {"expires": str(YESTERDAY)}),
        State("branch-gone/platform.tfstate", 0, {}),
        State("dev/platform.tfstate", 9, {}),
    )
    found, problems = lifetimes.find_lifetimes(selection.environments())
    assert problems == []
    assert [(one.environment, one.resources, one.here, one.past) for one in found] == [
        ("branch-one", 7, True, False),
        ("branch-two", 5, False, True),
    ]


def test_an_unreadable_account_is_reported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(config: object) -> list[State]:
        raise OpsError("no AWS credentials")

    monkeypatch.setattr(lifetimes, "account_states", refuse)
    found, problems = lifetimes.find_lifetimes(selection.environments())
    assert [(one.environment, one.resources) for one in found] == [("branch-one", None)]
    assert problems == ["no AWS credentials"]


def test_of_a_destroyed_environment_only_the_folder_remains_to_be_removed() -> None:
    assert Lifetime("branch-one", "1", TODAY, 0).remedy == "pipenv run ops remove-branch one"


def test_a_deployed_environment_is_not_removed(root: Path, hold: Hold) -> None:
    hold(State("branch-one/platform.tfstate", 7, {}))
    with pytest.raises(OpsError, match="run `pipenv run cdktf destroy branch-one-platform` first"):
        remove.remove_folder("one")
    assert (root / "branch-one/platform.tfvars").is_file()


def test_an_environment_with_a_longer_name_does_not_block_the_removal(root: Path, hold: Hold) -> None:
    hold(State("branch-one-more/platform.tfstate", 7, {}), State("branch-one/platform.tfstate", 0, {}))
    assert remove.remove_folder("one") == "branch-one"
    assert not (root / "branch-one").exists()


def test_an_environment_without_an_expiry_date_is_not_removed(root: Path, hold: Hold) -> None:
    hold()
    write(root, {"branch-two/platform.tfvars": PLATFORM.replace("10.20.", "10.80.")})
    with pytest.raises(OpsError, match="branch-two has no expiry date"):
        remove.remove_folder("two")
    assert (root / "branch-two").exists()


def test_names_and_errors_are_printed_as_they_are(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(config: object) -> list[State]:
        raise OpsError("[bold]no[/bold] credentials")

    monkeypatch.setattr(lifetimes, "account_states", refuse)
    monkeypatch.setattr(Lifetime, "remedy", property(lambda self: "rm [red]x"))
    done = CliRunner().invoke(cli.app, ["branches"])
    assert "rm [red]x" in done.stdout
    assert done.stderr == "incomplete list: [bold]no[/bold] credentials\n"
