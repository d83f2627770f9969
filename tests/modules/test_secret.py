import json

import pytest

from modules.secret import version_of
from tests.synthesised import secrets_of
from tests.variants import platform

RANDOM = "ephemeral.aws_secretsmanager_random_password"


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("database_password", f"${{{RANDOM}.database_random.random_password}}"),
        ("keys_fernet_key", f"${{base64encode({RANDOM}.keys_fernet.random_password)}}"),
        ("keys_jwt_secret", f"${{{RANDOM}.keys_jwt.random_password}}"),
        ("keys_secret_key", f"${{{RANDOM}.keys_session.random_password}}"),
        ("keys_admin_password", f"${{{RANDOM}.keys_admin.random_password}}"),
    ],
)
def test_a_secret_is_generated_by_aws_and_written_once(secret: str, text: str) -> None:
    version = platform().resources("aws_secretsmanager_secret_version")[f"{secret}_value"]
    assert version["secret_string_wo"] == text
    assert version["secret_string_wo_version"] == 1
    assert version["secret_id"] == f"${{aws_secretsmanager_secret.{secret}.id}}"


def test_a_fernet_key_is_32_bytes() -> None:
    random = platform().document["ephemeral"]["aws_secretsmanager_random_password"]["keys_fernet"]
    assert random == {"password_length": 32, "exclude_punctuation": True}


def test_the_database_and_its_url_have_the_stored_password() -> None:
    stored = platform().document["ephemeral"]["aws_secretsmanager_secret_version"]
    wanted = {"secret_id": "${aws_secretsmanager_secret_version.database_password_value.secret_id}"}
    assert {id: one for id, one in stored.items() if one == wanted}.keys() == {
        "database_stored_password",
        "keys_database_password",
    }
    url = platform().resources("aws_secretsmanager_secret_version")["keys_database_url_value"]["secret_string_wo"]
    assert "${ephemeral.aws_secretsmanager_secret_version.keys_database_password.secret_string}@" in url
    assert url.endswith("?sslmode=require")


def test_the_admin_dags_account_has_the_stored_password_and_the_private_address() -> None:
    text = platform().resources("aws_secretsmanager_secret_version")["keys_service_account_value"]["secret_string_wo"]
    assert json.loads(text) == {
        "url": "http://api-server.airflow-test.internal:8080",
        "username": "admin-dags",
        "password": "${ephemeral.aws_secretsmanager_secret_version.keys_stored_service_password.secret_string}",
    }


def test_containers_wait_for_the_values_of_their_secrets() -> None:
    sources = {
        source
        for task in platform().containers.values()
        for container in task.values()
        for source in secrets_of(container).values()
    }
    assert len(sources) == 6
    assert [source for source in sources if "aws_secretsmanager_secret_version." not in source] == []


def test_a_version_is_a_positive_32_bit_number_that_changes_with_the_text() -> None:
    versions = [version_of(str(index)) for index in range(200)]
    assert len(set(versions)) == 200
    assert all(1 <= version < 2**31 for version in versions)
    assert version_of("a", "b") != version_of("ab")
    assert version_of("a") == version_of("a")
