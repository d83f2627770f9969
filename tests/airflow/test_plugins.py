"""Answers of the plugins, with and without permission."""

import urllib.request
from collections.abc import Mapping
from urllib.error import HTTPError

import pytest
from instance import ApiError, Instance
from runs import eventually


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Does not follow redirects."""

    def redirect_request(self, *_: object) -> None:
        """Return nothing."""


def get(airflow: Instance, path: str, headers: Mapping[str, str]) -> tuple[int, str]:
    """Return the status, and the body or the target of a redirect."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)
    try:
        with opener.open(urllib.request.Request(airflow.url + path, headers=dict(headers)), timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        return refused.code, refused.headers.get("Location", "")


@pytest.mark.parametrize("path", ["/pluginsv2/hello/", "/hello/"])
def test_a_signed_in_user_is_greeted(airflow: Instance, path: str) -> None:
    token = airflow.token()
    for headers in ({"Cookie": f"_token={token}"}, {"Authorization": f"Bearer {token}"}):
        status, body = get(airflow, path, headers)
        assert (status, "Hello, world" in body) == (200, True)


@pytest.mark.parametrize("headers", [{}, {"Cookie": "_token=forged.for.us"}, {"Authorization": "Bearer forged.for.us"}])
def test_an_anonymous_user_is_not_greeted(airflow: Instance, headers: dict[str, str]) -> None:
    sign_in = f"{airflow.url}/auth/login/?next=/pluginsv2/hello/"
    assert get(airflow, "/pluginsv2/hello/", headers) == (302, sign_in)
    status, _ = get(airflow, "/hello/", headers)
    assert status in (401, 403)


def test_releases_are_shown_to_signed_in_users_only(airflow: Instance) -> None:
    assert get(airflow, "/releases/unknown", {"Authorization": f"Bearer {airflow.token()}"}) == (200, "[]")
    assert get(airflow, "/releases/unknown", {})[0] in (401, 403)


def test_a_user_who_may_edit_dags_can_refresh_a_bundle(airflow: Instance) -> None:
    line = "Bundles being force refreshed: projects"
    before = airflow.log("dag-processor").count(line)
    for _ in range(2):  # the second request may find the first still pending
        airflow.api("POST", "/bundles/projects/refresh")
    eventually(lambda: airflow.log("dag-processor").count(line) > before or None, "the dag-processor's refresh")


def test_an_unknown_bundle_is_not_found(airflow: Instance) -> None:
    with pytest.raises(ApiError, match="there is no bundle unknown") as refused:
        airflow.api("POST", "/bundles/unknown/refresh")
    assert refused.value.status == 404


def test_other_users_cannot_refresh_a_bundle(airflow: Instance) -> None:
    viewer = {"username": "plugins-viewer", "password": "viewer", "email": "plugins-viewer@example.org"}
    names = {"first_name": "Vera", "last_name": "Viewer", "roles": [{"name": "Viewer"}]}
    airflow.api("POST", "/auth/fab/v1/users", viewer | names)
    airflow.token("plugins-viewer", "viewer")
    with pytest.raises(ApiError) as refused:
        airflow.api("POST", "/bundles/projects/refresh", user="plugins-viewer")
    assert refused.value.status == 403
    request = urllib.request.Request(f"{airflow.url}/bundles/projects/refresh", method="POST")  # noqa: S310
    with pytest.raises(HTTPError) as unknown:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30)
    assert unknown.value.code == 401
