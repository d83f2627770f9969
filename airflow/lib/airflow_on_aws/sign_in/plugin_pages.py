"""A guard for the pages of a plugin that are made with Flask. Those made with FastAPI take Airflow's GetUserDep."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from flask import g, redirect, request
from jwt import InvalidTokenError


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Calls the view with the user in `g.user`; sends whoever is not signed in to the sign-in page.

    It asks for the token that Airflow's own pages and the REST API ask for. Flask-AppBuilder's has_access asks for the
    session of the sign-in page, which lies in the database, and which a plugin does not see: it refuses everybody.
    """

    @wraps(view)
    def guarded(*args: Any, **keywords: Any) -> Any:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer if scheme.lower() == "bearer" else request.cookies.get(COOKIE_NAME_JWT_TOKEN)
        manager = get_auth_manager()
        with suppress(InvalidTokenError):
            if token:
                g.user = asyncio.run(manager.get_user_from_token(token))
                return view(*args, **keywords)
        return redirect(f"{manager.get_url_login()}?next={request.script_root}{request.path}")

    return guarded
