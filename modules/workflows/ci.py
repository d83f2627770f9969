"""IAM role that a project's GitHub Actions workflow assumes after a merge, without access keys."""

from cdktf_cdktf_provider_aws.data_aws_iam_openid_connect_provider import DataAwsIamOpenidConnectProvider
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy

from modules.iam import Statement, policy
from modules.project import RepositoryConfig
from modules.resource_group import ResourceGroup, Scope
from modules.secret import read_secrets

# https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments
ISSUER = "token.actions.githubusercontent.com"


class CiRole(ResourceGroup):
    """Role for the workflows of one repository on one branch; it can read the webhook's secret, to report a merge.

    The account's OpenID Connect provider for GitHub is not managed here; if it is missing, the apply fails and names it.
    """

    def __init__(
        self, scope: Scope, id: str, config: RepositoryConfig, *, name: str, path: str, webhook_secret_arn: str
    ) -> None:
        super().__init__(scope, id)
        github = DataAwsIamOpenidConnectProvider(*self.at("github"), url=f"https://{ISSUER}")
        trust = Statement(
            "Assume",
            ["sts:AssumeRoleWithWebIdentity"],
            [],
            principals={"Federated": github.arn},
            conditions={
                "StringEquals": {
                    f"{ISSUER}:aud": "sts.amazonaws.com",
                    f"{ISSUER}:sub": f"repo:{config.github_name}:ref:refs/heads/{config.branch}",
                }
            },
        )
        role = IamRole(*self.at(), name=name, path=path, assume_role_policy=policy(trust))
        self.arn = role.arn
        IamRolePolicy(
            *self.at("permissions"),
            name=id,
            role=role.name,
            policy=policy(read_secrets(webhook_secret_arn, sid="ReadWebhookSecret")),
        )
