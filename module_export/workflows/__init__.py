"""The module ``workflows``."""

from module_export.merge import Decision, Document, merge, with_condition
from module_export.module import Module, synthesised
from module_export.placeholders import Placeholder, for_each, replaced
from module_export.project import ACCOUNT, ENVIRONMENT, NAMES, PROJECT
from module_export.variables import FARGATE, Models
from modules.config import TaskSize
from modules.project import ProjectConfig, RepositoryConfig
from modules.secret import version_of
from modules.stack_id import StackId
from modules.workflows.workflows import Workflows

NAME, VALUE = "qzname", "qzvalue"
SIZE = TaskSize(cpu=16384, memory=122880)
KNOWN_HOST = "qz.example ssh-ed25519 qzkey"
REPOSITORY = RepositoryConfig(
    url="git@github.com:qzteam/qzrepository", branch="qzbranch", dags="qzdags", host_keys=[KNOWN_HOST]
)
PLACEHOLDERS = [
    *NAMES,
    Placeholder("qz-owner@example.org", "${var.owner}"),
    Placeholder(REPOSITORY.url, "${var.repository_url}"),
    Placeholder(REPOSITORY.github_name, "${local.github_name}"),
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
    """Return the module; its variables are the values of a project's configuration that its workflows depend on."""
    document = with_condition("var.protected", _document)
    models: Models = [("repository_", RepositoryConfig), ("task_", TaskSize), ("", ProjectConfig)]
    return Module("workflows", {**document, "locals": {"fargate_memory": FARGATE}}, models, Workflows.moved)


def _document(protected: bool) -> Document:
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
    document = for_each(document, r"variables\w*", "var.variables")
    made: Document = replaced(document, PLACEHOLDERS)
    return made
