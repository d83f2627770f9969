"""Variables of the module ``platform``: who reaches Airflow's pages, and who signs in."""

import json

from pydantic.fields import FieldInfo

from module_export.variable import Variable, matches, nullable_rule, pattern
from modules.platform.entry import EntryConfig
from modules.platform.sign_in import Domain, SignInConfig


def entry_variables() -> list[Variable]:
    """Networks, certificate, and where users come from."""
    return [
        Variable(
            "allowed_cidrs",
            "list(string)",
            "The networks of your people.",
            rules=(
                ("length(var.allowed_cidrs) >= 1", "allowed_cidrs must have one or more."),
                (
                    "alltrue([for cidr in var.allowed_cidrs : can(cidrnetmask(cidr))])",
                    'allowed_cidrs must be ranges such as "198.51.100.0/24".',
                ),
                (
                    'var.open_to_the_internet || alltrue([for cidr in var.allowed_cidrs : !endswith(cidr, "/0")])',
                    "allowed_cidrs has 0.0.0.0/0; name your networks, or set open_to_the_internet = true.",
                ),
            ),
        ),
        Variable.of(
            "open_to_the_internet",
            EntryConfig,
            "open_to_the_internet",
            "Must be true for 0.0.0.0/0 to be accepted in `allowed_cidrs`.",
        ),
        Variable.of(
            "certificate_arn", EntryConfig, "certificate_arn", "A certificate of ACM in this region, for `domain`."
        ).ruled(
            "(var.certificate_arn == null) == var.insecure_http",
            "Give certificate_arn, or set insecure_http = true to go without; not both.",
        ),
        Variable.of(
            "insecure_http",
            EntryConfig,
            "insecure_http",
            "Must be true to go without a certificate: passwords and sessions then cross the network in clear.",
        ),
        Variable.of(
            "domain", EntryConfig, "domain", "The name that the certificate is for; point it at the load balancer."
        ).ruled(
            "var.certificate_arn == null || var.domain != null", "Give domain, the name that the certificate is for."
        ),
        Variable.of(
            "internal", EntryConfig, "internal", "Reached from inside the VPC only, such as over a VPN."
        ),
        Variable(
            "sign_in",
            "object({ provider = string, client_id = string, client_secret_arn = string, issuer = optional(string), "
            'allowed_domains = list(string), default_role = optional(string, "Viewer"), groups_claim = optional(string), '
            "group_roles = optional(map(list(string))) })",
            "The OpenID Connect provider of your people; null: users have passwords in Airflow's database. The client's secret is one "
            "that you put into Secrets Manager.",
            None,
            _SIGN_IN,
        ),
    ]  # fmt: skip


_DOMAIN = json.dumps(pattern(FieldInfo.from_annotation(Domain)))
_SIGN_IN = (
    nullable_rule(
        "var.sign_in",
        'contains(["google", "oidc"], var.sign_in.provider)',
        'sign_in.provider must be one of "google", "oidc".',
    ),
    nullable_rule(
        "var.sign_in",
        '(var.sign_in.provider == "oidc") == (var.sign_in.issuer != null)',
        'sign_in.issuer must be given for the provider "oidc", and only for that.',
    ),
    nullable_rule(
        "var.sign_in",
        'var.sign_in.provider == "oidc" || (var.sign_in.groups_claim == null && var.sign_in.group_roles == null)',
        'The provider "google" tells no groups: delete sign_in.groups_claim and sign_in.group_roles.',
    ),
    nullable_rule(
        "var.sign_in",
        'length(var.sign_in.allowed_domains) >= 1 && (var.sign_in.provider == "oidc" || '
        '!contains(var.sign_in.allowed_domains, "*"))',
        'sign_in.allowed_domains must name your domains; ["*"] is for the provider "oidc" only.',
    ),
    nullable_rule(
        "var.sign_in",
        f"alltrue([for domain in var.sign_in.allowed_domains : can(regex({_DOMAIN}, domain))])",
        'sign_in.allowed_domains must be domains such as "example.org".',
    ),
    nullable_rule(
        "var.sign_in",
        matches("sign_in.client_secret_arn", pattern(SignInConfig.model_fields["client_secret_arn"])),
        "sign_in.client_secret_arn must be the whole ARN of a secret.",
    ),
)
