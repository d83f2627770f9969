"""The module ``workflows``."""

import json

from module_export.merge import Decision, Document, merge, with_condition
from module_export.module import Module, synthesised, with_place
from module_export.placeholders import Placeholder, for_each, replaced
from module_export.project import (
    ACCOUNT,
    CONTRACTS,
    ENVIRONMENT,
    NAMES,
    PROJECT,
    PROTECTED,
    VARIABLES,
    locals_of,
)
from module_export.sizes import FARGATE_LOCALS, size
from module_export.variable import Variable
from modules.config import TaskSize
from modules.project import GITHUB, HOST_KEY, ProjectConfig, RepositoryConfig
from modules.secret import version_of
from modules.stack_id import StackId
from modules.workflows.workflows import Workflows

NAME, VALUE = "qzname", "qzvalue"
SIZE = TaskSize(cpu=16384, memory=122880)
KNOWN_HOST = "qz.example ssh-ed25519 qzkey"
REPOSITORY = RepositoryConfig(
    url="git@github.com:qzteam/qzrepository", branch="qzbranch", dags="qzdags", host_keys=[KNOWN_HOST]
)
GITHUB_NAME = json.dumps(f"^{GITHUB.pattern}$")
PLACEHOLDERS = [
    *NAMES,
    Placeholder("qz-owner@example.org", "${var.owner}"),
    Placeholder(REPOSITORY.url, "${var.repository_url}"),
    Placeholder(REPOSITORY.github_name, f"${{regex({GITHUB_NAME}, var.repository_url)[0]}}"),
    Placeholder([KNOWN_HOST], "${var.repository_host_keys}"),
    Placeholder(REPOSITORY.branch, "${var.repository_branch}"),
    Placeholder(REPOSITORY.dags, "${var.repository_dags}"),
    Placeholder(str(SIZE.cpu), "${var.task_cpu}"),
    Placeholder(str(SIZE.memory), "${var.task_memory}"),
    Placeholder(NAME, "${each.key}"),
    Placeholder(VALUE, "${each.value}"),
    # version_of() in Terraform's functions.
    Placeholder(version_of(VALUE), "${floor(parseint(substr(sha256(each.value), 0, 8), 16) / 2) + 1}"),
]


def module() -> Module:
    """Every value of a project's configuration that its workflows depend on, but `access`, as a variable."""
    document = with_condition("var.protected", _decided)
    return Module(
        "workflows",
        "What Airflow knows of a project: its entry in the registry, its connections and variables, its tasks' role and "
        "task definition. The module `infrastructure` (or the stack of that name) of the same project has to be there.",
        _EXAMPLE,
        [*VARIABLES, *_variables()],
        with_place({**document, "locals": {**locals_of(document), **FARGATE_LOCALS}}),
        [
            "`access`: plain Terraform has a way of its own to give a role more rights, an `aws_iam_role_policy` with "
            "`role = basename(module.workflows.task_role_arn)`. Nothing keeps such a policy off the state, as `access` does."
        ],
        Workflows.moved,
    )


def _decided(protected: bool) -> Document:
    plain = ProjectConfig(
        owner="qz-owner@example.org", repository=REPOSITORY, task=SIZE, variables={NAME: VALUE}, protected=protected
    )

    def repository(**changes: bool) -> Document:
        return _synthesised(plain.model_copy(update={"repository": REPOSITORY.model_copy(update=changes)}))

    return merge(
        _synthesised(plain),
        Decision.between(
            "var.task_spot",
            _synthesised(plain.model_copy(update={"task": SIZE.model_copy(update={"spot": True})})),
        ),
        Decision.between("var.repository_deploy_key", repository(deploy_key=True)),
        Decision.between("var.repository_github_actions", repository(github_actions=True)),
    )


def _synthesised(config: ProjectConfig) -> Document:
    id = StackId(ENVIRONMENT, "workflows", PROJECT)
    document = synthesised(lambda app: Workflows(app, id, config, account=ACCOUNT))
    document = for_each(document, rf"\w+(?P<key>__{NAME})", "var.variables")
    made: Document = replaced(replaced(document, CONTRACTS), PLACEHOLDERS)
    return made


_OVER_SSH = '(startswith(var.repository_url, "ssh://") || startswith(var.repository_url, "git@"))'
_WRITE_SSH = ": write repository_url as git@host:team/repository.git."


def _variables() -> list[Variable]:
    names = r"^[a-z][a-z0-9_]{0,63}$"
    return [
        Variable.of("owner", ProjectConfig, "owner", "Who looks after the project; stands in the registry."),
        Variable.of("repository_url", RepositoryConfig, "url", "Where the DAGs come from.").ruled(
            'length(regexall("^[a-z]+://[^/]*@", var.repository_url)) == 0 || startswith(var.repository_url, "ssh://git@")',
            "repository_url must not have a user in it: keys of private repositories belong in Secrets Manager.",
        ),
        *(
            Variable.of(f"repository_{field}", RepositoryConfig, field, description).ruled(
                f'!strcontains(var.repository_{field}, "..")', f'repository_{field} must not have ".." in it.'
            )
            for field, description in (
                ("branch", "The branch of it, or a tag as `refs/tags/v1`."),
                ("dags", "The folder of it that Airflow reads."),
            )
        ),
        Variable.of(
            "repository_deploy_key",
            RepositoryConfig,
            "deploy_key",
            "It is private: a secret is made for its key, which an operator fills.",
        ).ruled(f"!var.repository_deploy_key || {_OVER_SSH}", f"repository_deploy_key is for SSH{_WRITE_SSH}"),
        Variable(
            "repository_host_keys",
            "list(string)",
            "Lines of an SSH `known_hosts` file, for a server other than GitHub's.",
            [],
            (
                ("length(var.repository_host_keys) <= 10", "repository_host_keys must have 10 or fewer."),
                (
                    f"alltrue([for key in var.repository_host_keys : can(regex({json.dumps(HOST_KEY)}, key))])",
                    "repository_host_keys must be lines such as git.example.org ssh-ed25519 AAAA….",
                ),
                (
                    f"length(var.repository_host_keys) == 0 || {_OVER_SSH}",
                    f"repository_host_keys is for SSH{_WRITE_SSH}",
                ),
            ),
        ),
        Variable.of(
            "repository_github_actions",
            RepositoryConfig,
            "github_actions",
            "A role for its workflow on that branch, to read the webhook's secret. The account needs GitHub's OpenID Connect provider.",
        )
        .ruled(
            f"!var.repository_github_actions || can(regex({GITHUB_NAME}, var.repository_url))",
            "repository_github_actions needs a repository_url on github.com.",
        )
        .ruled(
            '!var.repository_github_actions || !startswith(var.repository_branch, "refs/")',
            "repository_github_actions needs a branch as repository_branch.",
        ),
        *size("task", TaskSize, "a task", "tasks"),
        Variable(
            "variables",
            "map(string)",
            "Airflow variables `<project>_<name>`, by name. Not for secrets.",
            {},
            (
                (
                    f"alltrue([for name in keys(var.variables) : can(regex({json.dumps(names)}, name))])",
                    f"Names of variables must match {names}.",
                ),
            ),
        ),
        PROTECTED,
    ]


_EXAMPLE = """
module "workflows" {
  source = "git::https://…//terraform/workflows?ref=…"

  environment    = "dev"
  project        = "weather"
  owner          = "weather-team@example.org"
  repository_url = "https://github.com/example/weather-workflows.git"

  variables = { station = "KSTL" }
}
"""
