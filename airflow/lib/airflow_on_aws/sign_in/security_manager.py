"""Flask-AppBuilder's sign-in for Airflow, with the checks that OpenID Connect sign-in for a company needs.

Flask-AppBuilder's own code for Google takes the user name from a claim that OpenID Connect does not define, so that
everyone becomes the same user. It checks neither that the address is verified nor which company manages the account.
"""

import logging
from collections.abc import Mapping
from typing import Any

from airflow.providers.fab.auth_manager.models import User
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride
from airflow.providers.fab.auth_manager.views.auth_oauth import CustomAuthOAuthView
from airflow.providers.fab.auth_manager.views.user import CustomUserOAuthModelView
from airflow.providers.fab.www.security import permissions
from airflow_on_aws.sign_in.oauth_settings import exit_with_error
from airflow_on_aws.sign_in.rules import OAuth, Person, RefusedError
from flask import current_app, g
from sqlalchemy import func, select

log = logging.getLogger(__name__)


def _report_refusal(refusal: RefusedError) -> None:
    g.refusal = f"You were not signed in: {refusal}"
    log.warning("Sign-in refused: %s", refusal)


class SignInView(CustomAuthOAuthView):
    """Sign-in page that shows why a sign-in was refused."""

    @property
    def invalid_login_message(self) -> str:
        """Text of the page; Flask-AppBuilder shows it for every failed sign-in."""
        return str(g.get("refusal", "The sign-in failed. See the log of the api-server for the reason."))


class UserView(CustomUserOAuthModelView):
    """Lets an Admin create users with the REST API under OAuth too: service accounts, and people in advance."""

    base_permissions = [*CustomUserOAuthModelView.base_permissions, permissions.ACTION_CAN_CREATE]


class SecurityManager(FabAirflowSecurityManagerOverride):
    """Airflow's security manager; our rules apply to users of an OpenID Connect provider only."""

    authoauthview = SignInView
    useroauthmodelview = UserView

    @property
    def rules(self) -> OAuth:
        """The rules that webserver_config.py has read."""
        rules: OAuth = current_app.config["SIGN_IN"]
        return rules

    def register_views(self) -> None:
        """Validate the roles of the rules; at this point the database has all roles, and no request is served yet."""
        super().register_views()
        if current_app.config["SIGN_IN"]:
            known = {role.name for role in self.get_all_roles()}
            if unknown := self.rules.all_roles() - known:
                exit_with_error(
                    f"AIRFLOW_OAUTH_… name the unknown role {min(unknown)!r}: set one of {', '.join(sorted(known))}"
                )

    def set_oauth_session(self, provider: str, oauth_response: Mapping[str, Any]) -> None:
        """Store nothing: the provider's token is used once and does not belong in a session."""

    def get_oauth_user_info(self, provider: str, resp: Mapping[str, Any]) -> dict[str, Any]:
        """Return the person whom the provider has authenticated; raises RefusedError."""
        claims = resp["userinfo"]  # from the ID token; signature, audience, expiry and nonce are verified
        needed = {"email", "email_verified"} | ({self.rules.groups_claim} if self.rules.group_roles else set())
        try:
            if needed - claims.keys():
                more = self.oauth_remotes[provider].userinfo(token=resp)
                if more.get("sub") != claims.get("sub"):
                    raise RefusedError("The provider's answers name two different people.")
                claims = {**more, **claims}
            return {"person": self.rules.admit(claims)}
        except RefusedError as refusal:
            _report_refusal(refusal)
            raise

    def auth_user_oauth(self, userinfo: Mapping[str, Any], rotate_session_id: bool = True) -> User | None:
        """Return the person's user, created at the first sign-in; None if the sign-in is refused."""
        try:
            user = self._update_or_create_user(userinfo["person"])
        except RefusedError as refusal:
            _report_refusal(refusal)
            return None
        if rotate_session_id:
            self._rotate_session_id()
        self.update_user_auth_stat(user)
        return user

    def _update_or_create_user(self, person: Person) -> User:
        # Not find_user, which ignores case: subjects that differ in case are different people.
        user = self._find_user_by(User.username == person.username)
        holder = self._find_user_by(func.lower(User.email) == person.email)
        if user is None and holder is not None and holder.username.lower() == person.email:
            user = holder  # created in advance by an Admin, with the address as user name
        if holder is not None and holder is not user:
            log.warning("%s has the e-mail address of user %s", person.username, holder.username)
            raise RefusedError(f"{person.email} belongs to another user of this Airflow. Ask an administrator.")
        if user is None:
            names = person.first_name, person.last_name
            user = self.add_user(person.username, *names, person.email, role=self._airflow_roles(person))
        elif not user.active:
            raise RefusedError(f"The user of {person.email} is deactivated. Ask an administrator.")
        elif self.rules.group_roles:
            user.roles = self._airflow_roles(person)
        user.username, user.email = person.username, person.email
        user.first_name, user.last_name = person.first_name, person.last_name
        user.password = None  # users of the provider have no password, not even the initial password
        return user

    def _find_user_by(self, condition: Any) -> User | None:
        user: User | None = self.session.scalars(select(User).where(condition)).first()
        return user

    def _airflow_roles(self, person: Person) -> list[Any]:
        return [role for name in sorted(self.rules.roles(person)) if (role := self.find_role(name))]
