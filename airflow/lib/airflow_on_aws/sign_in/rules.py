"""Rules of the sign-in with OpenID Connect: which people are admitted, with which user name and roles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

GOOGLE = "https://accounts.google.com"
ANY_DOMAIN = "*"


class RefusedError(Exception):
    """Refused sign-in; the message is shown to the person."""


@dataclass(frozen=True)
class Person:
    """A person whom the provider has authenticated and the rules admit."""

    username: str
    email: str
    first_name: str
    last_name: str
    groups: frozenset[str]


@dataclass(frozen=True)
class OAuth:
    """An OpenID Connect provider, and the rules for its users."""

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
        """Return the entry for Flask-AppBuilder's OAUTH_PROVIDERS."""
        return {
            "name": self.provider,
            "icon": "fa-google" if self.provider == "google" else "fa-sign-in",
            "token_key": "access_token",
            "remote_app": {
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "server_metadata_url": f"{self.issuer}/.well-known/openid-configuration",
                "client_kwargs": {"scope": self.scopes, "code_challenge_method": "S256", "timeout": 10},
                # Lets a refused person choose another account.
                "authorize_params": {"prompt": "select_account"},
            },
        }

    def admit(self, claims: Mapping[str, Any]) -> Person:
        """Return the person with these claims, whose signature is verified already; raises RefusedError."""
        subject, email = str(claims.get("sub") or ""), str(claims.get("email") or "").lower()
        name, _, domain = email.rpartition("@")
        if not subject or str(claims.get("iss", "")).rstrip("/") != self.issuer:
            raise RefusedError(f"The answer does not come from {self.issuer}, or does not identify you.")
        if not (name and domain) or claims.get("email_verified") not in (True, "true"):  # some providers send a string
            raise RefusedError(f"{self.issuer} has not verified your e-mail address {email or '(none)'}.")
        # A Google account may have an address in the domain of a company that does not manage the account. `hd` is the
        # domain of the company that does.
        domains = {domain, str(claims.get("hd") or "").lower()} if self.provider == "google" else {domain}
        if ANY_DOMAIN not in self.allowed_domains and not domains <= self.allowed_domains:
            allowed = ", ".join(sorted(self.allowed_domains))
            raise RefusedError(f"{email} may not sign in here. Use an account of {allowed}.")
        issuer = urlsplit(self.issuer)
        groups = claims.get(self.groups_claim) or ()
        return Person(
            # Only issuer and subject identify a person permanently: addresses are reassigned, and names change.
            username=f"{issuer.netloc}{issuer.path.replace('/', ':')}|{subject}",
            email=email,
            first_name=str(claims.get("given_name") or claims.get("name") or name),
            last_name=str(claims.get("family_name") or ""),
            groups=frozenset([groups] if isinstance(groups, str) else map(str, groups)),
        )

    def roles(self, person: Person) -> frozenset[str]:
        """Return a person's roles; used at the first sign-in, and at every sign-in if groups determine the roles."""
        mapped = frozenset[str]().union(*(self.group_roles.get(group, frozenset()) for group in person.groups))
        return mapped or frozenset({self.default_role})

    def all_roles(self) -> frozenset[str]:
        """Return every role that the rules can assign."""
        return frozenset({self.default_role}).union(*self.group_roles.values())
