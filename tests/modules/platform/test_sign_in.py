import pytest
from pydantic import ValidationError

from modules.platform.sign_in import SignInConfig
from tests.synthesised import environment_of, secrets_of
from tests.variants import platform

SECRET = "arn:aws:secretsmanager:us-east-1:111111111111:secret:airflow-test/sign-in-AbCdEf"  # noqa: S105 - its ARN
GOOGLE = {
    "provider": "google",
    "client_id": "a.apps.googleusercontent.com",
    "client_secret_arn": SECRET,
    "allowed_domains": ("example.org", "example.com"),
}
OIDC = {**GOOGLE, "provider": "oidc", "issuer": "https://login.example.org"}


def test_only_the_api_server_has_the_provider_and_its_secret() -> None:
    stack = platform(sign_in=GOOGLE)
    given = {
        name: {key: value for key, value in variables.items() if key.startswith("AIRFLOW_OAUTH_")}
        for task in stack.containers.values()
        for name, one in task.items()
        if (variables := environment_of(one) | secrets_of(one))
    }
    assert {name: variables for name, variables in given.items() if variables} == {
        "api-server": {
            "AIRFLOW_OAUTH_PROVIDER": "google",
            "AIRFLOW_OAUTH_CLIENT_ID": "a.apps.googleusercontent.com",
            "AIRFLOW_OAUTH_CLIENT_SECRET": SECRET,
            "AIRFLOW_OAUTH_ALLOWED_DOMAINS": "example.org,example.com",
            "AIRFLOW_OAUTH_DEFAULT_ROLE": "Viewer",
        }
    }


def test_only_the_api_servers_execution_role_can_read_the_secret() -> None:
    policies = platform(sign_in=GOOGLE).resources("aws_iam_role_policy")
    assert {id for id, one in policies.items() if SECRET in one["policy"]} == {"api_server_execution_permissions"}


def test_group_roles_are_passed_as_json() -> None:
    config = SignInConfig.model_validate({**OIDC, "groups_claim": "groups", "group_roles": {"ops": ("Op", "Admin")}})
    assert config.settings()["AIRFLOW_OAUTH_GROUP_ROLES"] == '{"ops": ["Op", "Admin"]}'


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({**OIDC, "issuer": None}, "add issuer"),
        ({**OIDC, "issuer": "http://login.example.org"}, "issuer"),
        ({**GOOGLE, "issuer": "https://accounts.google.com"}, "delete issuer"),
        ({**GOOGLE, "allowed_domains": ("*",)}, "name your domains"),
        ({**GOOGLE, "allowed_domains": ()}, "at least 1"),
        ({**GOOGLE, "client_secret_arn": "airflow-test/sign-in"}, "client_secret_arn"),
    ],
)
def test_an_incomplete_sign_in_is_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        SignInConfig.model_validate(values)


def test_a_secret_of_another_account_is_refused() -> None:
    with pytest.raises(ValidationError, match="put it there"):
        platform(sign_in={**GOOGLE, "client_secret_arn": SECRET.replace("111111111111", "222222222222")})
