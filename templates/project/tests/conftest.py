"""Settings that Airflow reads when it is imported, set before the tests import it."""

import os

# A marker: only a task that does not set `retries` has this number.
os.environ["AIRFLOW__CORE__DEFAULT_TASK_RETRIES"] = "1000"
