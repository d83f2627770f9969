"""What an operator types next."""


def stack_names(environment: str, project: str) -> tuple[str, str]:
    """A project's stacks, in the order in which they are deployed."""
    return f"{environment}-{project}-infrastructure", f"{environment}-{project}-workflows"


def bootstrap_command(environment: str) -> str:
    """Writes and removes the policies of projects' states."""
    return f"pipenv run ops bootstrap {environment}"


def deploy_command(environment: str, project: str) -> str:
    """Makes the project real."""
    return f"pipenv run cdktf deploy {' '.join(stack_names(environment, project))}"


def run_command(environment: str, project: str) -> str:
    """Brings its DAGs in, and runs the first."""
    return f"pipenv run ops run-project {project} --env {environment}"
