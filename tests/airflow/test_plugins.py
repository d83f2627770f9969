"""The example plugin: it greets who is signed in, and nobody else."""

import urllib.request
from collections.abc import Mapping
from urllib.error import HTTPError

import pytest
from instance import Instance


class Still(urllib.request.HTTPRedirectHandler):
    """Does not follow."""

    def redirect_request(self, *_: object) -> None:
        """Nowhere."""


def get(airflow: Instance, path: str, headers: Mapping[str, str]) -> tuple[int, str]:
    """The status, and the body or where it sends us."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Still)
    try:
        with opener.open(urllib.request.Request(airflow.url + path, headers=dict(headers)), timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        return refused.code, refused.headers.get("Location", "")


@pytest.mark.parametrize("path", ["/pluginsv2/hello/", "/hello/"])
def test_who_is_signed_in_is_greeted(airflow: Instance, path: str) -> None:
    token = airflow.token()
    for headers in ({"Cookie": f"_token={token}"}, {"Authorization": f"Bearer {token}"}):
        status, body = get(airflow, path, headers)
        assert (status, "Hello, world" in body) == (200, True)


@pytest.mark.parametrize("headers", [{}, {"Cookie": "_token=forged.for.us"}, {"Authorization": "Bearer forged.for.us"}])
def test_nobody_else_is(airflow: Instance, headers: dict[str, str]) -> None:
    sign_in = f"{airflow.url}/auth/login/?next=/pluginsv2/hello/"
    assert get(airflow, "/pluginsv2/hello/", headers) == (302, sign_in)
    status, _ = get(airflow, "/hello/", headers)
    assert status in (401, 403)


def test_releases_are_shown_to_who_is_signed_in_only(airflow: Instance) -> None:
    assert get(airflow, "/releases/unknown", {"Authorization": f"Bearer {airflow.token()}"}) == (200, "[]")
    assert get(airflow, "/releases/unknown", {})[0] in (401, 403)
