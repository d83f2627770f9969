"""Sign-in in a browser and with the REST API."""

import json
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from company import AIRFLOW, Company, oauth
from instance import ApiError, Instance
from playwright.sync_api import Browser, BrowserContext, expect

from tests.chromium import undisturbed

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")  # of the provider


def sign_in(browser: Browser, company: Company, subject: str) -> BrowserContext:
    """Sign in through the provider as this person; without JavaScript, because Airflow's pages load slowly."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    def steps() -> None:
        page.goto(f"{company.url}/auth/login/oidc")
        page.get_by_role("button", name=subject).click()
        page.wait_for_url(f"{company.url}/**", wait_until="commit")

    undisturbed(page, steps)
    return context


def username(company: Company, subject: str) -> str:
    return f"{urlsplit(company.issuer).netloc}|{subject}"


def user(airflow: Instance, company: Company, subject: str) -> Any:
    return airflow.api("GET", f"/auth/fab/v1/users/{quote(username(company, subject))}")


def roles(user: Any) -> list[str]:
    return [role["name"] for role in user["roles"]]


def test_a_user_with_a_password_signs_in(airflow: Instance, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()

        def steps() -> None:
            context.clear_cookies()
            page.goto(airflow.url)
            page.fill("#username", "admin")
            page.fill("#password", airflow.password)
            page.click("input[type=submit]")
            expect(page.get_by_role("link", name="Dags", exact=True).first).to_be_visible(timeout=30_000)

        undisturbed(page, steps)


def test_two_people_of_an_allowed_domain_are_two_users_with_the_default_role(
    airflow: Instance, company: Company, browser: Browser
) -> None:
    with browser.new_context() as context:
        page = context.new_page()

        def steps() -> None:
            context.clear_cookies()
            page.goto(company.url)
            page.get_by_text("Sign In with oidc").click()
            page.get_by_role("button", name="1001").click()
            expect(page.get_by_role("link", name="Dags", exact=True).first).to_be_visible(timeout=30_000)

        undisturbed(page, steps)
    sign_in(browser, company, "1002").close()
    ann, bob = (user(airflow, company, subject) for subject in ("1001", "1002"))
    assert (ann["email"], roles(ann)) == ("ann@example.org", ["Viewer"])
    assert (bob["email"], roles(bob)) == ("bob@example.org", ["Viewer"])


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("1003", "has not verified your e-mail address carl@example.org"),
        ("1004", "dora@elsewhere.org may not sign in here. Use an account of example.org."),
    ],
)
def test_a_refused_person_sees_the_reason(
    airflow: Instance, company: Company, browser: Browser, subject: str, reason: str
) -> None:
    with sign_in(browser, company, subject) as context:
        expect(context.pages[0].get_by_text(reason)).to_be_visible()
        assert "_token" not in {cookie["name"] for cookie in context.cookies()}
    with pytest.raises(ApiError, match="404"):
        user(airflow, company, subject)


def test_an_address_of_another_user_is_refused(airflow: Instance, company: Company, browser: Browser) -> None:
    sign_in(browser, company, "1001").close()
    with sign_in(browser, company, "1005") as context:
        expect(context.pages[0].get_by_text("ann@example.org belongs to another user of this Airflow.")).to_be_visible()
        assert "_token" not in {cookie["name"] for cookie in context.cookies()}


def test_behind_tls_the_provider_gets_an_https_redirect_and_cookies_are_secure(
    company: Company, browser: Browser
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        undisturbed(page, lambda: page.goto(f"{company.url}/auth/login/oidc"))
        asked = parse_qs(urlsplit(page.url).query)
        assert asked["redirect_uri"] == [f"{company.url}/auth/oauth-authorized/oidc"]
    with sign_in(browser, company, "1002") as context:
        cookies = {cookie["name"]: cookie for cookie in context.cookies()}
        assert {"_token", "session"} <= cookies.keys()
        assert all(cookie["secure"] and cookie["httpOnly"] for cookie in cookies.values())


def test_a_manually_assigned_role_is_kept(airflow: Instance, company: Company, browser: Browser) -> None:
    sign_in(browser, company, "1002").close()
    path = f"/auth/fab/v1/users/{quote(username(company, '1002'))}"
    airflow.api("PATCH", f"{path}?update_mask=roles", {"roles": [{"name": "Op"}]})
    sign_in(browser, company, "1002").close()
    assert roles(user(airflow, company, "1002")) == ["Op"]


def test_a_person_gets_the_user_that_an_admin_created_in_advance(
    airflow: Instance, company: Company, browser: Browser
) -> None:
    admin = company.instance(airflow)
    names = {"first_name": "Eve", "last_name": "Ito"}
    made = {"username": "eve@example.org", "email": "eve@example.org", "password": "before", **names}
    admin.api("POST", "/auth/fab/v1/users", {**made, "roles": [{"name": "User"}]})
    sign_in(browser, company, "1006").close()
    assert roles(user(airflow, company, "1006")) == ["User"]
    with pytest.raises(ApiError, match="401"):
        admin.token("eve@example.org", "before")


def test_service_accounts_have_passwords_under_oauth(airflow: Instance, company: Company) -> None:
    admin = company.instance(airflow)
    names = {"first_name": "Import", "last_name": "Robot"}
    robot = {"username": "robot", "email": "robot@localhost", "password": "known-to-robots", **names}
    admin.api("POST", "/auth/fab/v1/users", {**robot, "roles": [{"name": "Viewer"}]})
    admin.token("robot", "known-to-robots")
    assert admin.api("GET", "/api/v2/dags?limit=1", user="robot")["total_entries"] >= 0


SCRIPT = """
import os
from airflow.providers.fab.www.app import create_app
from airflow_on_aws.sign_in.rules import Person

with create_app(enable_plugins=False).app_context():
    from flask import current_app
    for groups in (["data", "platform"], ["data"], []):
        person = Person("provider|groups", "groups@example.org", "Gil", "Ott", frozenset(groups))
        user = current_app.appbuilder.sm.auth_user_oauth({"person": person}, rotate_session_id=False)
        print("roles", *sorted(role.name for role in user.roles))
os.environ["AIRFLOW_OAUTH_DEFAULT_ROLE"] = "Boss"
create_app(enable_plugins=False)
"""


@pytest.fixture(scope="module")
def groups(airflow: Instance) -> subprocess.CompletedProcess[str]:
    """Run the sign-in with groups without a server, whose start would take as long as all other tests."""
    mapping = json.dumps({"data": "User", "platform": ["Admin"]})
    environment = {**airflow.environment, **oauth("https://sso.example.org"), "AIRFLOW_OAUTH_GROUP_ROLES": mapping}
    command = [sys.executable, "-c", SCRIPT]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_groups_determine_the_roles_at_each_sign_in(groups: subprocess.CompletedProcess[str]) -> None:
    found = [line for line in groups.stdout.splitlines() if line.startswith("roles")]
    assert found == ["roles Admin User", "roles User", "roles Viewer"], groups.stderr


def test_an_unknown_role_is_refused_at_the_start(groups: subprocess.CompletedProcess[str]) -> None:
    assert groups.returncode == 1
    assert "name the unknown role 'Boss': set one of Admin, Op, Public, User, Viewer" in groups.stdout.splitlines()[-1]


def test_an_api_server_with_incomplete_sign_in_settings_does_not_start(airflow: Instance) -> None:
    half = {**airflow.environment, **oauth("https://sso.example.org"), "AIRFLOW_OAUTH_CLIENT_SECRET": ""}
    command = [
        AIRFLOW,
        "api-server",
        "--workers",
        "2",
    ]  # with workers, a server that does not stop restarts them endlessly
    done = subprocess.run(command, env=half, cwd=airflow.home, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    [line] = (done.stdout + done.stderr).splitlines()
    assert "AIRFLOW_OAUTH_CLIENT_SECRET is missing: set it" in json.loads(line)["message"]
