from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ops import doctor
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


def test_an_environment_lives_to_the_end_of_its_last_day() -> None:
    assert [Lifetime("branch-x", "1", day, 0).past for day in (YESTERDAY, TODAY)] == [True, False]


def test_the_doctor_says_what_is_past_its_last_day_and_how_to_be_rid_of_it(root: Path) -> None:
    assert doctor._lifetimes() == "no environment is past its last day"
    write(root, {"branch-one/platform.tfvars": branch(YESTERDAY)})
    with pytest.raises(OpsError) as refused:
        doctor._lifetimes()
    assert str(refused.value) == (
        f"branch-one should be gone since {YESTERDAY}: "
        "pipenv run cdktf destroy branch-one-platform && pipenv run ops remove-branch one"
    )


def test_what_somebody_else_has_deployed_is_listed_too(root: Path, hold: Hold) -> None:
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


def test_an_account_that_cannot_be_asked_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(config: object) -> list[State]:
        raise OpsError("no AWS credentials")

    monkeypatch.setattr(lifetimes, "account_states", refuse)
    found, problems = lifetimes.find_lifetimes(selection.environments())
    assert [(one.environment, one.resources) for one in found] == [("branch-one", None)]
    assert problems == ["no AWS credentials"]


def test_what_is_destroyed_needs_only_its_folder_removed() -> None:
    assert Lifetime("branch-one", "1", TODAY, 0).remedy == "pipenv run ops remove-branch one"


def test_a_deployed_one_is_not_removed(root: Path, hold: Hold) -> None:
    hold(State("branch-one/platform.tfstate", 7, {}))
    with pytest.raises(OpsError, match="run `pipenv run cdktf destroy branch-one-platform` first"):
        remove.remove_folder("one")
    assert (root / "branch-one/platform.tfvars").is_file()


def test_a_neighbour_with_a_longer_name_does_not_hold_it(root: Path, hold: Hold) -> None:
    hold(State("branch-one-more/platform.tfstate", 7, {}), State("branch-one/platform.tfstate", 0, {}))
    assert remove.remove_folder("one") == "branch-one"
    assert not (root / "branch-one").exists()


def test_what_has_no_last_day_is_not_removed(root: Path, hold: Hold) -> None:
    hold()
    write(root, {"branch-two/platform.tfvars": PLATFORM.replace("10.20.", "10.80.")})
    with pytest.raises(OpsError, match="branch-two has no expiry date"):
        remove.remove_folder("two")
    assert (root / "branch-two").exists()
