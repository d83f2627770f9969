"""Secrets that are stored in Secrets Manager, and in no state, plan, log or file.

Terraform's ephemeral values exist only while it runs, and it sends write-only arguments without storing them. cdktf 0.21
has no construct for ``ephemeral``, so this module adds them with overrides.
"""

import hashlib
from collections.abc import Mapping

from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import SecretsmanagerSecretVersion

from modules.iam import Statement
from modules.resource_group import ResourceGroup, Scope

RECOVERY_DAYS = 30


class Secret(ResourceGroup):
    """A secret whose text Terraform sends to Secrets Manager when ``version`` changes, and does not store in the state.

    ``text`` is an expression over ephemeral values. ``version`` is any positive integer; see version_of().
    """

    def __init__(
        self,
        scope: Scope,
        id: str,
        *,
        key: str = "",
        name: str,
        text: str,
        protected: bool,
        version: int = 1,
        description: str,
    ) -> None:
        super().__init__(scope, id, key)
        self.secret = SecretsmanagerSecret(
            *self.at(),
            name=name,
            description=description,
            # Without a recovery window the name can be reused at once, which temporary environments need.
            recovery_window_in_days=RECOVERY_DAYS if protected else 0,
        )
        self.version = SecretsmanagerSecretVersion(
            *self.at("value"),
            secret_id=self.secret.id,
            secret_string_wo=text,
            secret_string_wo_version=version,
        )
        # Through the version, so that resources that use the secret depend on its value.
        # As text: policies sort ARNs, and the order of tokens depends on what else is synthesised.
        self.arn = self.reference("aws_secretsmanager_secret_version", "value", "arn")

    def value(self, scope: Scope, id: str) -> str:
        """Return an expression for the stored text, which every plan and apply of the stack of ``scope`` reads again.

        Resources derived from a secret use the stored value instead of the random value that was sent, so that an apply
        after an interrupted apply uses the same value.
        """
        # The version's attribute, not the secret's: the value can be read only after the version exists.
        return stored_value(scope, id, self.reference("aws_secretsmanager_secret_version", "value", "secret_id"))


def stored_value(scope: Scope, id: str, secret_id: str) -> str:
    """Return an expression for the text of a secret that exists already."""
    return _ephemeral(scope, id, "aws_secretsmanager_secret_version", {"secret_id": secret_id}) + ".secret_string}"


def random_text(scope: Scope, id: str, length: int) -> str:
    """Return an expression for a new random text of letters and digits."""
    arguments = {"password_length": length, "exclude_punctuation": True}
    return _ephemeral(scope, id, "aws_secretsmanager_random_password", arguments) + ".random_password}"


def version_of(*parts: str) -> int:
    """Return a write-only version that changes when the text around the secret changes (31 bits of SHA-256).

    Raises ValueError for a cdktf token, whose number depends on the other resources of the app.
    """
    if any("TfToken[" in part for part in parts):
        raise ValueError(f"a token has no stable version: {parts}")
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:4], "big") // 2 + 1


def read_secrets(*arns: str, sid: str = "ReadSecrets") -> Statement:
    """Read the current value of these secrets; an ARN may end in ``*``."""
    return Statement(sid, ["secretsmanager:GetSecretValue"], arns)


def inner(expression: str) -> str:
    """Return ``a.b`` for ``${a.b}``, for use in a larger expression."""
    return expression.removeprefix("${").removesuffix("}")


def _ephemeral(scope: Scope, id: str, kind: str, arguments: Mapping[str, object]) -> str:
    stack, name = scope.at(id)
    stack.add_override(f"ephemeral.{kind}.{name}", arguments)
    return f"${{ephemeral.{kind}.{name}"
