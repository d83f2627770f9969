"""
### A DAG of classic operators

Four tasks, in sequence and in parallel. Each is an *operator*: a ready-made step that you configure with arguments.
Text in double braces is a *template*, which Airflow renders when the task runs, not when it parses the file.
Start the DAG with the button at the top right; it works with and without a logical date.
"""

import logging
from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param, chain

log = logging.getLogger(__name__)


def count_vowels(text: str) -> int:
    """Return a value, which Airflow stores as an XCom; later tasks can read it, and the UI shows it."""
    vowels = sum(text.lower().count(vowel) for vowel in "aeiou")
    # Printed lines are in the task's log too, but sometimes out of order.
    log.info("%d vowels in %r", vowels, text)
    return vowels


with DAG(
    "tutorial__classic",
    dag_display_name="Tutorial: classic operators",
    description="Operators, templates, parameters, retries and dependencies",
    doc_md=__doc__,
    tags=["tutorial"],
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # no runs for the days since start_date
    params={"greeting": Param("Good morning, Airflow", type="string", minLength=1)},
    # Defaults for every task; a task can override them.
    default_args={"owner": "platform", "retries": 2, "retry_delay": timedelta(seconds=10)},
):
    when = BashOperator(
        task_id="when",
        # A run that is started by hand may have no logical date; it always has run_after.
        bash_command="echo this run was due at {{ dag_run.run_after.isoformat() }}",
    )
    shout = BashOperator(
        task_id="shout",
        # Pass external input as a variable: in bash_command the shell would execute it.
        bash_command="echo ${GREETING^^}",
        env={"GREETING": "{{ params.greeting }}"},
        append_env=True,
    )
    count = PythonOperator(
        task_id="count",
        python_callable=count_vowels,
        op_kwargs={"text": "{{ params.greeting }}"},
    )
    finish = BashOperator(
        task_id="finish",
        bash_command="echo counted {{ ti.xcom_pull(task_ids='count') }} vowels",
        retries=0,
    )
    chain(when, [shout, count], finish)
