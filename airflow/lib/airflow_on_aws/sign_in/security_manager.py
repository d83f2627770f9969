"""Airflow's sign-in with Flask-AppBuilder, where that leaves out what a company needs.

Its own branch for Google names a person by a claim that OpenID Connect does not have, so that everybody is the same user,
and asks neither whether the address is verified nor who manages it.
"""

import logging
from collections.abc import Mapping
from typing import Any

from airflow.providers.fab.auth_manager.models import User
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from airflow.providers.fab.auth_manager.views.auth_oauth import CustomAuthOAuthView
from airflow.providers.fab.auth_manager.views.user import CustomUserOAuthModelView
from airflow.providers.fab.www.security import permissions
from airflow_on_aws.sign_in.oauth_settings import leave
from airflow_on_aws.sign_in.rules import OAuth, Person, RefusedError
from flask import current_app, g
from sqlalchemy import func, select

log = logging.getLogger(__name__)


def _tell(refusal: RefusedError) -> None:
    g.refusal = f"You were not signed in: {refusal}"
    log.warning("Sign-in refused: %s", refusal)


class SignInView(CustomAuthOAuthView):
    """Says on the page why somebody was refused."""

    @property
    def invalid_login_message(self) -> str:
        """The text of the page: Flask-AppBuilder shows this one line whatever went wrong."""
        return str(g.get("refusal", "The sign-in did not work. The log of the api-server says why."))


class UserView(CustomUserOAuthModelView):
    """Lets an Admin make users by the REST API under OAuth as well: service accounts, and people before they come."""

    base_permissions = [*CustomUserOAuthModelView.base_permissions, permissions.ACTION_CAN_CREATE]


class SecurityManager(FabAirflowSecurityManagerOverride):
    """Users of the database as Airflow has them; users of an OpenID Connect provider by our own rules."""

    authoauthview = SignInView
    useroauthmodelview = UserView

    @property
    def rules(self) -> OAuth:
        """As webserver_config.py has read them."""
        rules: OAuth = current_app.config["SIGN_IN"]
        return rules

    def register_views(self) -> None:
        """Here the roles are in the database, and nothing is served yet."""
        super().register_views()
        if current_app.config["SIGN_IN"]:
            known = {role.name for role in self.get_all_roles()}
            if unknown := self.rules.all_roles() - known:
                leave(f"AIRFLOW_OAUTH_… name the role {min(unknown)!r}: set one of {', '.join(sorted(known))}")

    def set_oauth_session(self, provider: str, oauth_response: Mapping[str, Any]) -> None:
        """Keeps nothing: the provider's token is used once, and belongs in no session."""

    def get_oauth_user_info(self, provider: str, resp: Mapping[str, Any]) -> dict[str, Any]:
        """Whom the provider has authenticated; raises RefusedError."""
        claims = resp["userinfo"]  # of the ID token, with signature, audience, expiry and nonce checked
        needed = {"email", "email_verified"} | ({self.rules.groups_claim} if self.rules.group_roles else set())
        try:
            if needed - claims.keys():
                more = self.oauth_remotes[provider].userinfo(token=resp)
                if more.get("sub") != claims.get("sub"):
                    raise RefusedError("The provider speaks of two different people.")
                claims = {**more, **claims}
            return {"person": self.rules.admit(claims)}
        except RefusedError as refusal:
            _tell(refusal)
            raise

    def auth_user_oauth(self, userinfo: Mapping[str, Any], rotate_session_id: bool = True) -> User | None:
        """The user of a person, made at the first sign-in; None if there may be none."""
        try:
            user = self._user(userinfo["person"])
        except RefusedError as refusal:
            _tell(refusal)
            return None
        if rotate_session_id:
            self._rotate_session_id()
        self.update_user_auth_stat(user)
        return user

    def _user(self, person: Person) -> User:
        # Not find_user: it takes subjects that differ in case only for the same.
        user = self._find(User.username == person.username)
        holder = self._find(func.lower(User.email) == person.email)
        if user is None and holder is not None and holder.username.lower() == person.email:
            user = holder  # an Admin made it before the person came, with the address for a name
        if holder is not None and holder is not user:
            log.warning("%s has the address of the user %s", person.username, holder.username)
            raise RefusedError(f"{person.email} belongs to another user of this Airflow. Ask an administrator.")
        if user is None:
            names = person.first_name, person.last_name
            user = self.add_user(person.username, *names, person.email, role=self._roles(person))
        elif not user.active:
            raise RefusedError(f"The user of {person.email} is deactivated. Ask an administrator.")
        elif self.rules.group_roles:
            user.roles = self._roles(person)
        user.username, user.email = person.username, person.email
        user.first_name, user.last_name = person.first_name, person.last_name
        user.password = None  # whoever comes from the provider has none, not even the one that the user was made with
        return user

    def _find(self, condition: Any) -> User | None:
        user: User | None = self.session.scalars(select(User).where(condition)).first()
        return user

    def _roles(self, person: Person) -> list[Any]:
        return [role for name in sorted(self.rules.roles(person)) if (role := self.find_role(name))]
