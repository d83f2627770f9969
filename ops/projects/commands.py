"""Commands that messages tell the operator to run."""


def stack_names(environment: str, project: str) -> tuple[str, str]:
    """Return the names of a project's stacks, in the order of their deployment."""
    return f"{environment}-{project}-infrastructure", f"{environment}-{project}-workflows"


def bootstrap_command(environment: str) -> str:
    """Return the command that creates and deletes the policies for projects' states."""
    return f"pipenv run ops bootstrap {environment}"


def deploy_command(environment: str, project: str) -> str:
    """Return the command that deploys a project."""
    return f"pipenv run cdktf deploy {' '.join(stack_names(environment, project))}"
