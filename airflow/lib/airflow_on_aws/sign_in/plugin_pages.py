"""Sign-in for plugin pages that are made with Flask. Pages made with FastAPI use Airflow's GetUserDep instead."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from flask import g, redirect, request
from jwt import InvalidTokenError


def require_sign_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Call the view with the user in `g.user`, or redirect to the sign-in page.

    It validates the token that Airflow's own pages and the REST API use. Flask-AppBuilder's has_access would reject
    every user: it requires the sign-in page's session, which is in the database and invisible to a plugin.
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
