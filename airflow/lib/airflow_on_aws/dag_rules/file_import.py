"""Imports the DAG files of a folder for `checks`, each in a forked process, and prints the results as JSON lines."""

import json
import multiprocessing
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.dag_processing.importers import get_importer_registry
from airflow_on_aws.dag_rules.checks import Problem
from airflow_on_aws.dag_rules.import_guard import ImportGuard

DEFAULT_OWNER = "airflow"


def import_folder(folder: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield the DAGs and problems of each file that Airflow would search for DAGs."""
    try:
        files = sorted(get_importer_registry().list_dag_files(str(folder), safe_mode=True))
    except Exception as error:  # such as a circular link, or an .airflowignore that is not text
        what = f"cannot be searched for DAGs: {_message(error)}"
        yield _problem_entry(Problem(folder.name, "", what, "remove the link or file that the message names"))
        return
    for file in files:
        yield _import_in_process(folder, file, seconds)


def _import_in_process(folder: Path, file: str, seconds: float) -> dict[str, Any]:
    """Return the entry of a file, from a process that is killed after `seconds`."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_import_file, args=(folder, file, sender))
    process.start()
    sender.close()
    name = _relative_name(folder, file)
    try:
        if not receiver.poll(seconds):
            what, remedy = f"does not import within {seconds:g} s", "move slow code into a task"
            return _problem_entry(Problem(name, "", what, remedy))
        entry: dict[str, Any] = receiver.recv()
    except EOFError:
        what = "ends the process that imports it"
        return _problem_entry(Problem(name, "", what, "remove the code that exits or crashes"))
    else:
        return entry
    finally:
        process.kill()
        process.join()


def _import_file(folder: Path, file: str, sender: Connection) -> None:
    name = _relative_name(folder, file)
    with ImportGuard(file, project_folder=folder.parent) as guard:
        bag = DagBag(dag_folder=str(folder), collect_dags=False)
        dags = bag.process_file(file, only_if_updated=False)  # type: ignore[no-untyped-call]
    refused = [Problem(name, "", f"line {line} {what} at import", "do it in a task") for line, what in guard.refused]
    # An import error that the guard caused is reported already.
    errors = [] if refused else [_import_error(name, file, text) for text in bag.import_errors.values()]
    found = [{"file": name, "id": dag.dag_id, "tags": sorted(dag.tags), **_incomplete_tasks(dag)} for dag in dags]
    sender.send({"dags": found, "problems": [asdict(problem) for problem in (*refused, *errors)]})


def _incomplete_tasks(dag: Any) -> dict[str, list[str]]:
    return {
        "without_owner": [task.task_id for task in dag.tasks if task.owner in ("", DEFAULT_OWNER)],
        "without_retries": [task.task_id for task in dag.tasks if not _sets_retries(task)],
    }


def _sets_retries(task: Any) -> bool:
    """Return True if the author chose a number of retries, even 0. Mapped tasks store their arguments elsewhere."""
    arguments = getattr(task, "partial_kwargs", None) or getattr(task, "_BaseOperator__init_kwargs", {})
    return bool("retries" in arguments or task.retries)


def _import_error(name: str, file: str, text: str) -> Problem:
    """Shorten a traceback to its last line and the line number in the file."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbers = re.findall(rf'File "{re.escape(file)}", line (\d+)', text)
    where = f" (line {numbers[-1]})" if numbers else ""
    return Problem(name, "", f"does not import: {lines[-1] if lines else 'no message'}{where}", "fix it")


def _relative_name(folder: Path, file: str) -> str:
    return str(Path(file).relative_to(folder.parent))


def _message(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _problem_entry(problem: Problem) -> dict[str, Any]:
    return {"dags": [], "problems": [asdict(problem)]}


if __name__ == "__main__":
    # Keeps the files' output apart from the results: stdout becomes stderr, and results use a copy of stdout.
    results = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for file_entry in import_folder(Path(sys.argv[1]), float(sys.argv[2])):
        print(json.dumps(file_entry), file=results, flush=True)
    print(json.dumps({"complete": True}), file=results, flush=True)
