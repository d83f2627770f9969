"""`ops airflow` without an installed Airflow; tests/airflow tests a running one."""

from pathlib import Path

import pytest

from tests.checkout import Checkout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout.make(tmp_path_factory.mktemp("checkout"))


def test_a_start_without_airflow_prints_how_to_install_it(checkout: Checkout) -> None:
    refused = checkout.ops("airflow", "start", code=1)
    assert (
        refused.stderr == "error: Airflow is not installed: run `make airflow`, which installs it into .venv-airflow\n"
    )
    assert not Path(checkout.path, ".local/airflow").exists()


def test_without_a_running_airflow_the_exit_code_of_status_is_3(checkout: Checkout) -> None:
    assert checkout.ops("airflow", "status", code=3).stdout == "not running\n"
    assert checkout.ops("airflow", "status", "--json", code=3).stdout.startswith('{"running": false')


def test_an_airflow_command_requires_a_running_airflow(checkout: Checkout) -> None:
    refused = checkout.ops("airflow", "cli", "dags", "list", code=1)
    assert refused.stderr == "error: Airflow is not running on this machine: start it with `make airflow`\n"


def test_a_stop_without_a_running_airflow_is_no_error(checkout: Checkout) -> None:
    assert checkout.ops("airflow", "stop").stdout == "was not running\n"
