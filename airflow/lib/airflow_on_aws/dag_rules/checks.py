"""Checks a folder of DAG files as Airflow would read it; for the tests of projects, and before a release goes live.

In a test: ``assert not check("dags", prefix="weather__")``. In a shell: ``python -m airflow_on_aws.dag_rules.checks dags``.
The files are imported in processes of their own: one that hangs, exits or crashes harms nothing. This finds
mistakes; it is no sandbox against code that means harm.
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
SECONDS_TO_START = 60.0  # Airflow's own import; 3 on two idle cores
# What the files get to see of this process's environment: no secret, no connection, no role.
PASSED = ("AIRFLOW__CORE__EXECUTOR", "AWS_DEFAULT_REGION", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "TZ")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a DAG or a file, and what to do about it."""

    file: str
    dag: str
    what: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.dag}" if self.dag else self.file
        return f"{where}: {self.what}; {self.remedy}"


def check(
    folder: str | Path,
    *,
    prefix: str | None = None,
    taken: Mapping[str, str] = MappingProxyType({}),
    seconds: float = SECONDS_PER_FILE,
) -> list[Problem]:
    """The problems of the DAG files below a folder.

    Every DAG id must begin with `prefix`; `taken` has ids that are used elsewhere, and where. A file that takes more
    than `seconds` to import is a problem.
    """
    root = Path(folder).absolute()
    if not root.is_dir():
        return [Problem(str(folder), "", "is no folder", "name the folder of the DAG files")]
    dags: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for entry in _read(root, seconds):
        problems += [Problem(**problem) for problem in entry["problems"]]
        dags += entry["dags"]
    return problems + [problem for dag in dags for problem in _rules(dag, prefix)] + list(_repeated(dags, taken))


def _read(root: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """One entry for each file, from a process that ends when this one does not want it any longer."""
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
            output, _ = process.communicate(timeout=SECONDS_TO_START + seconds * max(1, len(list(root.rglob("*.py")))))
        except subprocess.TimeoutExpired:
            output = ""
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with the one that may hang in a file
            process.wait()
    entries = [json.loads(line) for line in output.splitlines()]
    if not entries or not entries[-1].get("complete"):
        again = f"run `python -m airflow_on_aws.dag_rules.file_import {root} {seconds:g}` to see why"
        yield {"dags": [], "problems": [Problem(root.name, "", "could not be read to its end", again).__dict__]}
    yield from (entry for entry in entries if "complete" not in entry)


def _environment(home: str) -> dict[str, str]:
    passed = {name: text for name, text in os.environ.items() if name in PASSED}
    library = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (library, passed.get("PYTHONPATH"))))
    # An AIRFLOW_HOME of its own: Airflow writes files into it when it is imported.
    return {**passed, "HOME": home, "AIRFLOW_HOME": home, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def _rules(dag: dict[str, Any], prefix: str | None) -> Iterator[Problem]:
    def problem(what: str, remedy: str) -> Problem:
        return Problem(dag["file"], dag["id"], what, remedy)

    if prefix and not dag["id"].startswith(prefix):
        yield problem(f"the DAG id does not begin with {prefix!r}", f"call it {prefix}{dag['id']}")
    if not dag["tags"]:
        yield problem("has no tags", 'give it some: tags=["…"]')
    if dag["without_owner"]:
        yield problem(f"nobody owns {_names(dag['without_owner'])}", 'set "owner" in default_args')
    if dag["without_retries"]:
        yield problem(
            f"{_names(dag['without_retries'])} does not say how often to try again",
            'set "retries" in default_args, to 0 where trying again would do harm',
        )


def _names(tasks: list[str]) -> str:
    return f"task {tasks[0]}" if len(tasks) == 1 else f"{len(tasks)} tasks ({', '.join(tasks[:3])}, …)"


def _repeated(dags: list[dict[str, Any]], taken: Mapping[str, str]) -> Iterator[Problem]:
    files = defaultdict(list, {name: [place] for name, place in taken.items()})
    for dag in dags:
        files[dag["id"]].append(dag["file"])
    for name, places in files.items():
        if len(places) > 1:
            others = ", ".join(places[:-1])
            # Airflow would run one of them under the other's name, without a word.
            yield Problem(places[-1], name, f"the DAG id is used already in {others}", "give one of them another id")


def main() -> int:
    """The command: one line for each problem, exit code 1 if there is any."""
    parser = argparse.ArgumentParser(
        prog="python -m airflow_on_aws.dag_rules.checks", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", help="the folder of the DAG files")
    parser.add_argument("--prefix", help="what every DAG id must begin with, such as weather__")
    parser.add_argument("--seconds", type=float, default=SECONDS_PER_FILE, help="a file may take that long to import")
    arguments = parser.parse_args()
    problems = check(arguments.folder, prefix=arguments.prefix, seconds=arguments.seconds)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
