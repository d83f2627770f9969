"""What Airflow reads when it is imported, and hence before the tests import it."""

import os

# So many retries has only a task that says nothing of them.
os.environ["AIRFLOW__CORE__DEFAULT_TASK_RETRIES"] = "1000"
