"""DAGs that the running Airflow runs for test_onepassword.py and test_slack.py."""

import logging

from airflow.sdk import dag, task
from airflow_on_aws.secrets.onepassword import get_env_vars, get_secret, with_secrets
from airflow_on_aws.slack import notify_critical, notify_failure, notify_success

log = logging.getLogger(__name__)
API_KEY, PRIVATE_KEY = ("Team", "R&D", "API_KEY"), ("Team", "R&D", "private key")


@dag(
    schedule=None,
    max_active_tasks=2,
    on_failure_callback=notify_critical(mention="!subteam^S01", connection="hooks_slack"),
)
def hooks__secrets() -> None:
    """Tasks that handle secrets incorrectly."""

    @task
    @with_secrets("hooks_onepassword", key=API_KEY, pem=PRIVATE_KEY)
    def careless(key: str, day: str, pem: str) -> dict[str, object]:
        print("printed", key)
        print(pem)
        log.info("logged %s on %s", key, day)
        log.info("all of %s", get_env_vars("Team", "R&D", connection="hooks_onepassword"))
        return {"length": len(key), "day": day}

    @task
    @with_secrets("hooks_onepassword", key=API_KEY)
    def leaking(key: str) -> dict[str, list[str]]:
        return {"headers": [f"Bearer {key}"]}

    @task(on_failure_callback=notify_failure(connection="hooks_slack"))
    @with_secrets("hooks_onepassword", key=API_KEY)
    def failing(key: str) -> None:
        raise ValueError(f"<!channel> refused & {{{{ {key} }}}}\nsecond line")

    @task(retries=3)
    def missing() -> None:
        get_secret("Team", "R&D", "no such field", connection="hooks_onepassword")

    careless("monday")
    leaking()
    failing()
    missing()


@dag(schedule=None, on_success_callback=notify_success(connection="hooks_slack"))
def hooks__slack() -> None:
    """A task that succeeds although its Slack message fails."""

    @task(on_success_callback=notify_success(connection="hooks_slack_that_is_away"))
    def working() -> None:
        """Do nothing."""

    working()


hooks__secrets()
hooks__slack()
