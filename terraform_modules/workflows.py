"""The module ``workflows``."""

import json

from modules.config import TaskSize
from modules.project import ProjectConfig, RepositoryConfig
from modules.secret import version_of
from modules.stack import StackId
from modules.workflows.workflows import Workflows
from terraform_modules.marks import Mark, for_each, replaced
from terraform_modules.merge import Document
from terraform_modules.module import Module, either, synthesised
from terraform_modules.project import ACCOUNT, ENVIRONMENT, NAMES, PROJECT, PROTECTED, VARIABLES
from terraform_modules.sizes import size
from terraform_modules.variable import Variable

NAME, VALUE = "qzname", "qzvalue"
SIZE = TaskSize(cpu=16384, memory=122880)
REPOSITORY = RepositoryConfig(url="https://qz.example/repository", branch="qzbranch", dags="qzdags")
MARKS = [
    *NAMES,
    Mark("qz-owner@example.org", "var.owner", free=True),
    Mark(REPOSITORY.url, "var.repository_url", free=True),
    Mark(REPOSITORY.branch, "var.repository_branch", free=True),
    Mark(REPOSITORY.dags, "var.repository_dags", free=True),
    Mark(str(SIZE.cpu), "var.task_cpu"),
    Mark(str(SIZE.memory), "var.task_memory"),
    Mark(NAME, "each.key"),
    Mark(VALUE, "each.value"),
    # version_of() in Terraform's words.
    Mark(version_of(VALUE), "floor(parseint(substr(sha256(each.value), 0, 8), 16) / 2) + 1"),
]


def module() -> Module:
    """Every value of a project's configuration that its workflows depend on, as a variable."""
    return Module(
        "workflows",
        "What Airflow knows of a project: its entry in the registry, its connections and variables, its tasks' role and "
        "task definition. The module `infrastructure` (or the stack of that name) of the same project has to be there.",
        _EXAMPLE,
        [*VARIABLES, *_variables()],
        either("var.protected", lambda protected: either("var.task_spot", lambda spot: _synthesised(protected, spot))),
    )


def _synthesised(protected: bool, spot: bool) -> Document:
    config = ProjectConfig(
        owner="qz-owner@example.org",
        repository=REPOSITORY,
        task=SIZE.model_copy(update={"spot": spot}),
        variables={NAME: VALUE},
        protected=protected,
    )
    id = StackId(ENVIRONMENT, "workflows", PROJECT)
    document = synthesised(lambda app: Workflows(app, id, config, account=ACCOUNT))
    marked: Document = replaced(for_each(document, f"_?{NAME}", "var.variables"), MARKS)
    return marked


def _variables() -> list[Variable]:
    names = r"^[a-z][a-z0-9_]{0,63}$"
    return [
        Variable.of("owner", ProjectConfig, "owner", "Who looks after the project; stands in the registry."),
        Variable.of("repository_url", RepositoryConfig, "url", "Where the DAGs come from.").ruled(
            'length(regexall("^[a-z]+://[^/]*@", var.repository_url)) == 0 || startswith(var.repository_url, "ssh://git@")',
            "repository_url must not have a user in it: keys of private repositories belong in Secrets Manager.",
        ),
        Variable.of("repository_branch", RepositoryConfig, "branch", "The branch of it."),
        Variable.of("repository_dags", RepositoryConfig, "dags", "The folder of it that Airflow reads."),
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
