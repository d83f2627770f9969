"""Imports the DAG files of a folder for `dag_checks`, each in a fork of its own, and prints what it found as JSON lines."""

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
from airflow_on_aws.dag_rules.import_guard import Guard


def entries(folder: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """What each file of `folder` that may hold DAGs has: its DAGs, its problems."""
    try:
        files = sorted(get_importer_registry().list_dag_files(str(folder), safe_mode=True))
    except Exception as error:  # a link that leads in a circle, an .airflowignore that is no text
        what = f"cannot be searched for DAGs: {_line(error)}"
        yield _only(Problem(folder.name, "", what, "remove the link or the file that it names"))
        return
    for file in files:
        yield _apart(folder, file, seconds)


def _apart(folder: Path, file: str, seconds: float) -> dict[str, Any]:
    """The entry of a file, from a process that is killed when its time is over."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_import, args=(folder, file, there))
    process.start()
    there.close()
    name = _name(folder, file)
    try:
        if not here.poll(seconds):
            what, remedy = f"does not import within {seconds:g} s", "move what takes so long into a task"
            return _only(Problem(name, "", what, remedy))
        entry: dict[str, Any] = here.recv()
    except EOFError:
        what = "ends the process that imports it"
        return _only(Problem(name, "", what, "take out what exits or crashes"))
    else:
        return entry
    finally:
        process.kill()
        process.join()


def _import(folder: Path, file: str, answer: Connection) -> None:
    name = _name(folder, file)
    with Guard(file, own=folder.parent) as guard:
        bag = DagBag(dag_folder=str(folder), collect_dags=False)
        dags = bag.process_file(file, only_if_updated=False)  # type: ignore[no-untyped-call]
    io = [
        Problem(name, "", f"does this when it is only imported, in line {line}: {what}", "do it in a task")
        for line, what in guard.seen
    ]
    # An import that failed because the guard refused something has been reported by now.
    errors = [] if io else [_failure(name, file, text) for text in bag.import_errors.values()]
    found = [{"file": name, "id": dag.dag_id, "tags": sorted(dag.tags), **_tasks(dag)} for dag in dags]
    answer.send({"dags": found, "problems": [asdict(problem) for problem in (*io, *errors)]})


def _tasks(dag: Any) -> dict[str, list[str]]:
    nobody = "airflow"  # Airflow's default owner
    return {
        "without_owner": [task.task_id for task in dag.tasks if task.owner in ("", nobody)],
        "without_retries": [task.task_id for task in dag.tasks if not _says_retries(task)],
    }


def _says_retries(task: Any) -> bool:
    """Whether somebody decided, be it for 0. A mapped task keeps its arguments elsewhere than an ordinary one."""
    said = getattr(task, "partial_kwargs", None) or getattr(task, "_BaseOperator__init_kwargs", {})
    return bool("retries" in said or task.retries)


def _failure(name: str, file: str, text: str) -> Problem:
    """From a traceback or a message: the last line that says something, and which line of the file it was."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbers = re.findall(rf'File "{re.escape(file)}", line (\d+)', text)
    where = f" (line {numbers[-1]})" if numbers else ""
    return Problem(name, "", f"does not import: {lines[-1] if lines else 'no message'}{where}", "correct it")


def _name(folder: Path, file: str) -> str:
    return str(Path(file).relative_to(folder.parent))


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _only(problem: Problem) -> dict[str, Any]:
    return {"dags": [], "problems": [asdict(problem)]}


if __name__ == "__main__":
    # The files may print what they like: it goes where it cannot be taken for an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for one in entries(Path(sys.argv[1]), float(sys.argv[2])):
        print(json.dumps(one), file=answers, flush=True)
    print(json.dumps({"complete": True}), file=answers, flush=True)
