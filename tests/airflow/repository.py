"""Local git repositories as sources of projects' DAGs."""

import os
import subprocess
from pathlib import Path

DAG = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("{id}", tags=["test"], default_args={{"owner": "test", "retries": 0}}):
    EmptyOperator(task_id="nothing")
"""


class Repository:
    """A repository with the branch `main`; `url` is the value for a registry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = folder.as_uri()
        if not folder.exists():
            folder.mkdir(parents=True)
            self.git("init", "--quiet", "--initial-branch=main")

    def commit(self, files: dict[str, str]) -> str:
        """Replace all files and commit; return the commit."""
        self.git("rm", "-r", "--quiet", "--ignore-unmatch", ".")
        return self.change(files)

    def change(self, files: dict[str, str]) -> str:
        """Write these files, keep the others, and commit; return the commit."""
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        self.git("add", "--all")
        self.git("-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "--message=test")
        return self.git("rev-parse", "HEAD").strip()

    def dag(self, dag_id: str, **more: str) -> str:
        """Commit one DAG and further files; return the commit."""
        return self.commit({"dags/one.py": DAG.format(id=dag_id), **more})

    def git(self, *arguments: str) -> str:
        """Run git without the user's configuration."""
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
