"""Sign-in to Airflow's pages: users with passwords, or users of an OpenID Connect provider.

The variables are read by airflow/lib/airflow_on_aws/sign_in/oauth_settings.py; docs/how-to/sign-in.md explains them.
"""

import json
from typing import Annotated, Literal

from pydantic import Field, model_validator

from modules.config import Config

Domain = Annotated[str, Field(pattern=r"^(\*|[a-z0-9.-]+\.[a-z]{2,})$", examples=["example.org"])]
Role = Annotated[str, Field(min_length=1, max_length=64, examples=["Viewer"])]


class SignInConfig(Config):
    """An OpenID Connect provider; an admin stores its secret in Secrets Manager."""

    provider: Literal["google", "oidc"]
    client_id: Annotated[str, Field(min_length=1, examples=["airflow"])]
    client_secret_arn: Annotated[
        str,
        Field(
            pattern=r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+$",
            examples=["arn:aws:secretsmanager:us-east-1:111111111111:secret:airflow-dev/sign-in-AbCdEf"],
        ),
    ]
    """The whole ARN, with the six characters at its end: ECS reads no other."""
    issuer: Annotated[str, Field(pattern=r"^https://\S+$", examples=["https://login.example.org"])] | None = None
    allowed_domains: Annotated[tuple[Domain, ...], Field(min_length=1, examples=[["example.org"]])]
    default_role: Role = "Viewer"
    groups_claim: Annotated[str, Field(min_length=1, examples=["groups"])] | None = None
    group_roles: dict[str, tuple[Role, ...]] = {}

    @model_validator(mode="after")
    def _fits_the_provider(self) -> "SignInConfig":
        if self.provider == "oidc" and self.issuer is None:
            raise ValueError('provider = "oidc" needs the provider\'s URL; add issuer = "https://login.example.org"')
        if self.provider == "google" and (self.issuer or self.group_roles or self.groups_claim):
            raise ValueError('provider = "google" has its own issuer and tells no groups; delete issuer and groups')
        if self.provider == "google" and "*" in self.allowed_domains:
            raise ValueError('allowed_domains = ["*"] is everybody with a Google account; name your domains')
        return self

    def settings(self) -> dict[str, str]:
        """Return the api-server's variables, without those that are not set."""
        said = {
            "PROVIDER": self.provider,
            "CLIENT_ID": self.client_id,
            "ISSUER": self.issuer,
            "ALLOWED_DOMAINS": ",".join(self.allowed_domains),
            "DEFAULT_ROLE": self.default_role,
            "GROUPS_CLAIM": self.groups_claim,
            "GROUP_ROLES": json.dumps(self.group_roles) if self.group_roles else None,
        }
        return {f"AIRFLOW_OAUTH_{name}": value for name, value in said.items() if value}

    def secrets(self) -> dict[str, str]:
        """Return the api-server's secrets, which ECS injects."""
        return {"AIRFLOW_OAUTH_CLIENT_SECRET": self.client_secret_arn}
