"""Rules for sign-ins, and invalid settings."""

from pathlib import Path

import pytest
from airflow_on_aws.sign_in.oauth_settings import SettingError, read_oauth_settings
from airflow_on_aws.sign_in.rules import OAuth, RefusedError

GOOGLE = {
    "AIRFLOW_OAUTH_CLIENT_ID": "id",
    "AIRFLOW_OAUTH_CLIENT_SECRET": "secret",
    "AIRFLOW_OAUTH_ALLOWED_DOMAINS": "example.org, Example.com",
}
OIDC = GOOGLE | {"AIRFLOW_OAUTH_PROVIDER": "oidc", "AIRFLOW_OAUTH_ISSUER": "https://sso.example.org/realms/data"}
ANN = {"iss": "https://accounts.google.com", "sub": "1", "email": "ann@example.org", "email_verified": True}
FROM_GOOGLE = ANN | {"hd": "example.org"}


def rules(environment: dict[str, str]) -> OAuth:
    found = read_oauth_settings(environment)
    assert found
    return found


def test_without_variables_users_are_in_the_database() -> None:
    assert read_oauth_settings({"PATH": "/bin", "AIRFLOW_OAUTH_CLIENT_ID": " "}) is None


def test_the_user_name_is_issuer_and_subject() -> None:
    assert rules(GOOGLE).admit(FROM_GOOGLE).username == "accounts.google.com|1"
    same = ANN | {"iss": "https://sso.example.org/realms/data"}
    assert rules(OIDC).admit(same).username == "sso.example.org:realms:data|1"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"hd": None}, "may not sign in here"),  # a private account with an address of the company
        ({"hd": "elsewhere.org"}, "may not sign in here"),
        ({"email": "ann@elsewhere.org"}, "may not sign in here"),
        ({"email": "ann@example.org.elsewhere.org"}, "may not sign in here"),
        ({"email_verified": False}, "not verified"),
        ({"email_verified": None}, "not verified"),
        ({"email": "@example.org"}, "not verified"),
        ({"sub": ""}, "does not identify you"),
        ({"iss": "https://sso.elsewhere.org"}, "does not come from"),
    ],
)
def test_a_person_from_google_is_refused(claims: dict[str, object], reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        rules(GOOGLE).admit(FROM_GOOGLE | claims)


def test_the_secret_may_be_in_a_file_and_is_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-a-file\n")
    found = rules(GOOGLE | {"AIRFLOW_OAUTH_CLIENT_SECRET": "", "AIRFLOW_OAUTH_CLIENT_SECRET_FILE": str(file)})
    assert found.client_secret == file.read_text().strip()
    assert found.client_secret not in repr(found)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"CLIENT_ID": ""}, "CLIENT_ID is missing"),
        ({"CLIENT_SECRET": ""}, "CLIENT_SECRET is missing"),
        ({"CLIENT_SECRET_FILE": "/nowhere"}, "CLIENT_SECRET_FILE is /nowhere: No such file"),
        ({"ALLOWED_DOMAINS": ""}, "ALLOWED_DOMAINS is missing"),
        ({"ALLOWED_DOMAINS": "*", "PROVIDER": "google", "ISSUER": ""}, "admits every Google account"),
        ({"ALLOWED_DOMAIN": "example.org"}, "ALLOWED_DOMAIN is unknown"),
        ({"PROVIDER": "github"}, "set it to google or oidc"),
        ({"ISSUER": ""}, "ISSUER is missing"),
        ({"ISSUER": "http://sso.example.org"}, "set it to an https URL"),
        ({"GROUP_ROLES": "data=User"}, "is not a JSON object of groups and roles"),
        ({"GROUP_ROLES": '{"data": "User"}', "PROVIDER": "google", "ISSUER": ""}, "Google does not send"),
    ],
)
def test_incomplete_settings_are_reported_on_one_line(settings: dict[str, str], message: str) -> None:
    with pytest.raises(SettingError, match=r"^AIRFLOW_OAUTH_") as refused:
        read_oauth_settings(OIDC | {f"AIRFLOW_OAUTH_{name}": value for name, value in settings.items()})
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
