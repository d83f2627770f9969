"""Callbacks that send a Slack message when a DAG or a task ends: `DAG(on_failure_callback=notify_failure())`.

They need an Airflow connection of type `slackwebhook` whose password is the URL of a Slack incoming webhook.
A task's callbacks run in the task, a DAG's callbacks in the dag-processor; both need access to Slack and the connection.
"""

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

from airflow.providers.slack.hooks.slack_webhook import SlackWebhookHook
from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier
from airflow.sdk.configuration import conf

from airflow_on_aws.secrets.masking import redact_text

CONNECTION = "slack"
TIMEOUT_SECONDS = 10
LINE_CHARACTERS = 500
SILENT = logging.getLogger(f"{__name__}.client")
SILENT.setLevel(logging.CRITICAL + 1)


class Notifier(SlackWebhookNotifier):
    """Callback that reports its DAG or task to Slack. If Slack does not accept the message, it logs one warning."""

    # The message is not a template: the text of an exception may contain braces.
    template_fields = ("slack_webhook_conn_id",)  # type: ignore[assignment]

    def __init__(self, headline: str, *, mention: str = "", connection: str = CONNECTION) -> None:
        super().__init__(slack_webhook_conn_id=connection, text=headline)
        self.mention = mention

    @cached_property
    def hook(self) -> SlackWebhookHook:
        """The provider's hook; its client is silent, because `notify` logs its errors."""
        return SlackWebhookHook(
            slack_webhook_conn_id=self.slack_webhook_conn_id, timeout=TIMEOUT_SECONDS, logger=SILENT
        )

    def notify(self, context: Mapping[str, Any]) -> None:
        """Send the message, or log the reason as one warning."""
        try:
            self.hook.send(text=self.mention + _message(self.text, context), unfurl_links=False)
        except Exception as error:
            self.log.warning(
                "Slack was not notified of this %s: %s; check the connection %r and the network access to Slack",
                self.text.lower(),
                _line(error),
                self.slack_webhook_conn_id,
            )


def notify_success(*, connection: str = CONNECTION) -> Notifier:
    """Return a callback for `on_success_callback`."""
    return Notifier("Success", connection=connection)


def notify_failure(*, connection: str = CONNECTION) -> Notifier:
    """Return a callback for `on_failure_callback`."""
    return Notifier("Failure", connection=connection)


def notify_critical(*, mention: str = "!channel", connection: str = CONNECTION) -> Notifier:
    """Return a callback for urgent failures, which mentions `!channel`, `!here`, or a user group (`!subteam^ID`)."""
    return Notifier("Critical failure", mention=f"<{mention}> ", connection=connection)


def _message(headline: str, context: Mapping[str, Any]) -> str:
    # A DAG's callback has a reason, and the task that determined the outcome; the task matters after a failure only.
    dag, ti, reason = context["dag"], context.get("ti"), context.get("reason")
    failed = reason if reason != "success" else None
    facts = {"DAG": dag.dag_id, "Run": context["run_id"]}
    url = f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/dags/{dag.dag_id}/runs/{quote(context['run_id'])}"
    if ti and (failed or not reason):
        facts |= {"Task": ti.task_id + (f" [{ti.map_index}]" if ti.map_index >= 0 else ""), "Try": str(ti.try_number)}
        url = ti.log_url
    if error := context.get("exception"):
        facts["Error"] = _line(error)
    elif failed:
        facts["Reason"] = failed
    lines = [f"*{headline}*", *(f"{name}: `{_escaped(value)}`" for name, value in facts.items()), f"<{url}|Log>"]
    return "\n".join(lines)


def _line(error: BaseException | str) -> str:
    """Return an exception's type and first line, with the secrets masked that the log masks."""
    text = str(error) if isinstance(error, str) else f"{type(error).__name__}: {error}"
    # Masked before it is shortened: half a secret would not be recognised.
    return redact_text(text).strip().partition("\n")[0][:LINE_CHARACTERS]


def _escaped(text: str) -> str:
    """Escape Slack's markup, so that the text of an exception cannot mention anyone."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")
