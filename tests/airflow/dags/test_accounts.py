import pytest
from airflow_on_aws.admin.connections import create_connections
from airflow_on_aws.admin.rest_api import Api, ApiError
from airflow_on_aws.admin.users import create_users
from emulator import Aws
from instance import Instance
from runs import start_dag

ANN = {
    "username": "ann",
    "email": "ann@accounts.example",
    "first_name": "Ann",
    "last_name": "Example",
    "roles": "Viewer",
}


@pytest.fixture
def api(airflow: Instance) -> Api:
    return Api(airflow.url, "admin", airflow.password)


def test_users_are_created_and_updated_independently(airflow: Instance, api: Api, aws: Aws) -> None:
    ben = {**ANN, "username": "ben", "email": "ben@accounts.example", "password_secret": "users/ben"}
    bad = {**ANN, "username": "cat", "email": "cat@accounts.example", "roles": "Emperor"}
    (line,) = create_users(api, [bad, ANN, ben])
    assert line == "user cat: POST /auth/fab/v1/users: Airflow answers 400: Unknown roles: 'Emperor'"
    password = aws.client("secretsmanager").get_secret_value(SecretId="users/ben")["SecretString"]
    assert Api(airflow.url, "ben", password)

    assert create_users(api, [{**ANN, "roles": ["User", "Op"]}, ben]) == []
    roles = airflow.api("GET", "/auth/fab/v1/users/ann")["roles"]
    assert sorted(role["name"] for role in roles) == ["Op", "User"]
    assert aws.client("secretsmanager").get_secret_value(SecretId="users/ben")["SecretString"] == password


def test_connections_are_created_and_overwritten_with_secrets_by_name(
    airflow: Instance, api: Api, aws: Aws, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    aws.client("secretsmanager").create_secret(Name="sales/password", SecretString="correct-horse")
    shop = {"connection_id": "sales_shop", "conn_type": "http", "host": "http://127.0.0.1", "login": "sales"}
    bad = [
        {**shop, "connection_id": "sales_clear", "password": "in-clear"},
        {**shop, "connection_id": "sales_extra", "extra": {"api_key": "in-clear"}},
        {**shop, "connection_id": "sales_gone", "password_secret": "sales/none"},
        {"connection_id": "sales_typeless"},
    ]
    lines = create_connections(api, [*bad, {**shop, "password_secret": "sales/password", "extra": {"timeout": 5}}])
    assert [line.split(":")[0] for line in lines] == [f"connection {one['connection_id']}" for one in bad]
    assert airflow.cli("connections", "get", "sales_shop", "--output", "json").count("correct-horse") >= 1
    assert "correct-horse" not in caplog.text

    assert create_connections(api, [{**shop, "port": 8080}]) == []
    found = airflow.api("GET", "/api/v2/connections/sales_shop")
    assert (found["port"], found["login"]) == (8080, "sales")


def test_the_dags_use_the_service_account_and_report_rejected_entries(airflow: Instance) -> None:
    dan = {**ANN, "username": "dan", "email": "dan@accounts.example"}
    makes = start_dag(airflow, "admin__create_users", {"users": [dan]})
    refuses = start_dag(
        airflow, "admin__create_connections", {"connections": [{"connection_id": "x", "password": "y"}]}
    )
    made, refused = makes(), refuses()
    assert made.state == "success"
    assert refused.errors("create")[-1].startswith("connection x: field 'password' is not accepted: ")


def test_a_wrong_password_or_address_is_reported_on_one_line(airflow: Instance) -> None:
    with pytest.raises(ApiError, match="Airflow answers 401: "):
        Api(airflow.url, "admin", "wrong")
    with pytest.raises(ApiError, match="does not answer"):
        Api("http://127.0.0.1:1", "admin", "wrong")
