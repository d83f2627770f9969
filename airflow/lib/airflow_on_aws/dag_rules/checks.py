"""Checks of the DAG files in a folder, for the tests of projects and before a release becomes current.

In a test: ``assert not check_dags("dags", prefix="weather__")``. In a shell: ``python -m airflow_on_aws.dag_rules.checks dags``.
Each file is imported in its own process, so a file that hangs, exits or crashes affects nothing else. The checks find
mistakes; they are no sandbox against malicious code.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

SECONDS_PER_FILE = 30.0
START_SECONDS = 60.0  # to import Airflow; it takes 3 s on two idle cores
# Environment variables that the files can read: no secrets, connections or roles.
PASSED_VARIABLES = ("AIRFLOW__CORE__EXECUTOR", "AWS_DEFAULT_REGION", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "TZ")


@dataclass(frozen=True)
class Problem:
    """Problem of a DAG or a file, with its remedy."""

    file: str
    dag: str
    what: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.dag}" if self.dag else self.file
        return f"{where}: {self.what}; {self.remedy}"


def check_dags(
    folder: str | Path,
    *,
    prefix: str | None = None,
    used_ids: Mapping[str, str] = MappingProxyType({}),
    seconds: float = SECONDS_PER_FILE,
) -> list[Problem]:
    """Return the problems of the DAG files below a folder.

    Every DAG id must begin with `prefix`, and must not be in `used_ids`, which maps the ids of other DAGs to their
    files. `seconds` limits the import of one file.
    """
    root = Path(folder).absolute()
    if not root.is_dir():
        return [Problem(str(folder), "", "is not a folder", "pass the folder of the DAG files")]
    dags: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for entry in _import_files(root, seconds):
        problems += [Problem(**problem) for problem in entry["problems"]]
        dags += entry["dags"]
    violations = [problem for dag in dags for problem in _rule_violations(dag, prefix)]
    return problems + violations + list(_duplicate_ids(dags, used_ids))


def _import_files(root: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield one entry per file, from a process that is killed at the end."""
    with tempfile.TemporaryDirectory(prefix="dag-checks-") as home:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow_on_aws.dag_rules.file_import", str(root), str(seconds)],
            env=_environment(home),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=START_SECONDS + seconds * max(1, len(list(root.rglob("*.py")))))
        except subprocess.TimeoutExpired:
            output = ""
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # including a child process that hangs in a file
            process.wait()
    entries = [json.loads(line) for line in output.splitlines()]
    if not entries or not entries[-1].get("complete"):
        remedy = f"run `python -m airflow_on_aws.dag_rules.file_import {root} {seconds:g}` to see why"
        yield {"dags": [], "problems": [Problem(root.name, "", "the check did not finish", remedy).__dict__]}
    yield from (entry for entry in entries if "complete" not in entry)


def _environment(home: str) -> dict[str, str]:
    passed = {name: text for name, text in os.environ.items() if name in PASSED_VARIABLES}
    library = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (library, passed.get("PYTHONPATH"))))
    # AIRFLOW_HOME is a temporary folder, because Airflow writes files into it when it is imported.
    return {**passed, "HOME": home, "AIRFLOW_HOME": home, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def _rule_violations(dag: dict[str, Any], prefix: str | None) -> Iterator[Problem]:
    def problem(what: str, remedy: str) -> Problem:
        return Problem(dag["file"], dag["id"], what, remedy)

    if prefix and not dag["id"].startswith(prefix):
        yield problem(f"the DAG id does not begin with {prefix!r}", f"rename it to {prefix}{dag['id']}")
    if not dag["tags"]:
        yield problem("has no tags", 'add some: tags=["…"]')
    if dag["without_owner"]:
        yield problem(f"no owner for {_names(dag['without_owner'])}", 'set "owner" in default_args')
    if dag["without_retries"]:
        yield problem(
            f"no number of retries for {_names(dag['without_retries'])}",
            'set "retries" in default_args, to 0 if a retry would do harm',
        )


def _names(tasks: list[str]) -> str:
    return f"task {tasks[0]}" if len(tasks) == 1 else f"{len(tasks)} tasks ({', '.join(tasks[:3])}, …)"


def _duplicate_ids(dags: list[dict[str, Any]], used_ids: Mapping[str, str]) -> Iterator[Problem]:
    files = defaultdict(list, {dag_id: [file] for dag_id, file in used_ids.items()})
    for dag in dags:
        files[dag["id"]].append(dag["file"])
    for dag_id, found in files.items():
        if len(found) > 1:
            # Airflow would silently run the code of one DAG under the id of the other.
            others = ", ".join(found[:-1])
            yield Problem(found[-1], dag_id, f"the DAG id is already used in {others}", "choose another id")


def main() -> int:
    """Run the command: print one line per problem, and return exit code 1 if there are any."""
    parser = argparse.ArgumentParser(
        prog="python -m airflow_on_aws.dag_rules.checks", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", help="folder of the DAG files")
    parser.add_argument("--prefix", help="required beginning of every DAG id, such as weather__")
    parser.add_argument("--seconds", type=float, default=SECONDS_PER_FILE, help="time limit for the import of one file")
    arguments = parser.parse_args()
    problems = check_dags(arguments.folder, prefix=arguments.prefix, seconds=arguments.seconds)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
