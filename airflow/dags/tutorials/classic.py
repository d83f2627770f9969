"""
### A DAG of classic operators

Three tasks, one after the other and side by side. Each is an *operator*: a ready-made step that you give arguments.
Text in double braces is a *template*, which is filled in when the task runs, not when the file is read.
Start it with the button at the top right; it works with and without a logical date.
"""

import logging
from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param, chain

log = logging.getLogger(__name__)


def count_vowels(text: str) -> int:
    """What a PythonOperator's function returns, later tasks and people find under "XCom"."""
    vowels = sum(text.lower().count(vowel) for vowel in "aeiou")
    # What is printed is in the task's log, too, but now and then behind what comes later.
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
    catchup=False,  # the days since start_date are not made up for
    params={"greeting": Param("Good morning, Airflow", type="string", minLength=1)},
    # Every task has these, unless it says otherwise.
    default_args={"owner": "platform", "retries": 2, "retry_delay": timedelta(seconds=10)},
):
    when = BashOperator(
        task_id="when",
        # A run that somebody starts by hand may have no logical date; run_after is always there.
        bash_command="echo this run was due at {{ dag_run.run_after.isoformat() }}",
    )
    shout = BashOperator(
        task_id="shout",
        # What comes from outside goes into the environment, where the shell does not run it.
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
