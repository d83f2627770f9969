"""Queues a run's only task as the scheduler does for the ECS executor; the last line is the container's argument."""

import sys

from airflow.executors.local_executor import LocalExecutor
from airflow.executors.workloads import ExecuteTask
from airflow.models.taskinstance import TaskInstance
from airflow.utils.session import create_session
from airflow.utils.state import TaskInstanceState
from sqlalchemy import select

with create_session() as session:
    task = session.scalars(select(TaskInstance).where(TaskInstance.run_id == sys.argv[1])).one()
    task.state = TaskInstanceState.QUEUED
    task.try_number = 1
    session.flush()
    workload = ExecuteTask.make(task, generator=LocalExecutor(parallelism=1).jwt_generator).model_dump_json()
print(workload)
