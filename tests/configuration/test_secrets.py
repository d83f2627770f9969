"""A secret in a tfvars file is refused, with a message that does not repeat it."""

from pathlib import Path

import pytest

from tests.configuration.files import PLATFORM, refusals

HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "place", ["{} = {}", "tags = {{ {} = {} }}", "airflow = {{ settings = {{ smtp = {{ {} = {} }} }} }}"]
)
@pytest.mark.parametrize(
    "key",
    ["password", "smtp_password", "master_passwd", "pwd", "secret", "client_secret", "api_key", "apikey", "auth_token",
     "fernet_key", "aws_secret_access_key", "private_key", "credentials", "DB_PASSWORD"],
)  # fmt: skip
def test_a_key_that_names_a_secret_is_refused(tmp_path: Path, place: str, key: str) -> None:
    (line,) = refusals(tmp_path, PLATFORM + place.format(key, '"hunter2"'))
    assert "looks like a secret" in line
    assert "keep it in Secrets Manager" in line
    assert "platform.tfvars:16: " in line
    assert "hunter2" not in line


@pytest.mark.parametrize("value", ['["hunter2"]', '{ value = "hunter2" }', '[{ x = ["hunter2"] }]', "271828"])
def test_a_key_that_names_a_secret_is_refused_with_any_value(tmp_path: Path, value: str) -> None:
    (line,) = refusals(tmp_path, f"{PLATFORM}password = {value}")
    assert "looks like a secret" in line
    assert "hunter2" not in line
    assert "271828" not in line


@pytest.mark.parametrize(
    "value",
    [
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "ghp_" + HEX[:36],
        "github_pat_" + HEX[:40],
        "glpat-" + HEX[:20],
        "xoxb-" + HEX[:20],
        "https://hooks.slack" + ".com/services/T000/B000/xyz",
        "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.x",
        "postgresql://airflow:hunter2" + "@database/airflow",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
    ],
)
@pytest.mark.parametrize(
    "place", ['owner = "{}"', 'owner = ["{}"]', 'tags = {{ a = "{}" }}', "owner = <<EOT\n{}\nEOT\n"]
)
def test_a_value_that_looks_like_a_secret_is_refused_under_any_key(tmp_path: Path, place: str, value: str) -> None:
    text = PLATFORM.replace("owner ", "# owner ") + place.format(value)
    (line,) = refusals(tmp_path, text)
    assert "looks like a secret" in line
    assert value not in line
    assert value[:12] not in line


@pytest.mark.parametrize(
    "text", ['password = "hunter2', "password = 'hunter2'", "token = hunter2 }", 'x = "AKIAABCDEFGHIJKLMNOP']
)
def test_the_message_about_a_line_that_may_hold_a_secret_does_not_show_it(tmp_path: Path, text: str) -> None:
    (line,) = refusals(tmp_path, text)
    assert line.startswith("platform.tfvars:1: ")
    assert "hunter2" not in line
    assert "AKIA" not in line


@pytest.mark.parametrize(
    "text",
    ["airflow = { settings = { api = { expose_secret = true } } }", 'tags = { cost_key_account = "1234" }',
     'tags = { commit = "' + HEX[:40] + '" }', 'image = { digest = "sha256:' + HEX + '" }'],
)  # fmt: skip
def test_values_that_only_resemble_a_secret_are_accepted(tmp_path: Path, text: str) -> None:
    refused = refusals(tmp_path, PLATFORM + text + "\nowner_ = 1")
    assert "owner_" in refused[-1]
    assert [line for line in refused if "secret" in line] == []
