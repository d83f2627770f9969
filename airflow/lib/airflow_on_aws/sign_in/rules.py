"""Who may sign in with a company's account, and as whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

GOOGLE = "https://accounts.google.com"
ANYBODY = "*"


class RefusedError(Exception):
    """This person may not sign in; the message is shown to them."""


@dataclass(frozen=True)
class Person:
    """Somebody whom the provider has authenticated and who may come in."""

    username: str
    email: str
    first_name: str
    last_name: str
    groups: frozenset[str]


@dataclass(frozen=True)
class OAuth:
    """An OpenID Connect provider, and the rules for those who come from it."""

    provider: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    allowed_domains: frozenset[str]
    default_role: str = "Viewer"
    scopes: str = "openid email profile"
    groups_claim: str = "groups"
    group_roles: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def flask_provider(self) -> dict[str, Any]:
        """The entry of Flask-AppBuilder's OAUTH_PROVIDERS."""
        return {
            "name": self.provider,
            "icon": "fa-google" if self.provider == "google" else "fa-sign-in",
            "token_key": "access_token",
            "remote_app": {
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "server_metadata_url": f"{self.issuer}/.well-known/openid-configuration",
                "client_kwargs": {"scope": self.scopes, "code_challenge_method": "S256", "timeout": 10},
                # Whoever was refused can come back with another account.
                "authorize_params": {"prompt": "select_account"},
            },
        }

    def admit(self, claims: Mapping[str, Any]) -> Person:
        """The person of these claims, whose signature is checked already; raises RefusedError."""
        subject, email = str(claims.get("sub") or ""), str(claims.get("email") or "").lower()
        name, _, domain = email.rpartition("@")
        if not subject or str(claims.get("iss", "")).rstrip("/") != self.issuer:
            raise RefusedError(f"The answer does not come from {self.issuer}, or does not say who you are.")
        if not (name and domain) or claims.get("email_verified") not in (True, "true"):  # some send the word
            raise RefusedError(f"{self.issuer} has not verified your e-mail address {email or '(none)'}.")
        # A Google account may carry an address of a company that does not manage it: `hd` is the company that does.
        domains = {domain, str(claims.get("hd") or "").lower()} if self.provider == "google" else {domain}
        if ANYBODY not in self.allowed_domains and not domains <= self.allowed_domains:
            allowed = ", ".join(sorted(self.allowed_domains))
            raise RefusedError(f"{email} may not sign in here. Use an account of {allowed}.")
        named = urlsplit(self.issuer)
        groups = claims.get(self.groups_claim) or ()
        return Person(
            # Only issuer and subject together are a person for ever: addresses are given to others, names change.
            username=f"{named.netloc}{named.path.replace('/', ':')}|{subject}",
            email=email,
            first_name=str(claims.get("given_name") or claims.get("name") or name),
            last_name=str(claims.get("family_name") or ""),
            groups=frozenset([groups] if isinstance(groups, str) else map(str, groups)),
        )

    def roles(self, person: Person) -> frozenset[str]:
        """The roles of a person who signs in for the first time, or each time if groups decide."""
        mapped = frozenset[str]().union(*(self.group_roles.get(group, frozenset()) for group in person.groups))
        return mapped or frozenset({self.default_role})

    def all_roles(self) -> frozenset[str]:
        """Every role that somebody can get."""
        return frozenset({self.default_role}).union(*self.group_roles.values())
