"""Slack messages when a DAG or a task ends, as callbacks: `DAG(on_failure_callback=notify_failure())`.

They need an Airflow connection of type `slackwebhook` whose password is the URL of a Slack incoming webhook.
A task's callbacks run in the task, a DAG's in the dag-processor: there both Slack and the connection must be in reach.
"""

import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

from airflow.providers.slack.hooks.slack_webhook import SlackWebhookHook
from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier
from airflow.sdk.configuration import conf

from airflow_on_aws.secrets.masking import masked

CONNECTION = "slack"
TIMEOUT_SECONDS = 10
LINE_CHARACTERS = 500
SILENT = logging.getLogger(f"{__name__}.client")
SILENT.setLevel(logging.CRITICAL + 1)


class Notifier(SlackWebhookNotifier):
    """Tells Slack of the DAG or task whose callback it is. A Slack that does not take it costs a line in the log."""

    # The message is not a template: an exception's text may hold braces.
    template_fields = ("slack_webhook_conn_id",)  # type: ignore[assignment]

    def __init__(self, headline: str, *, mention: str = "", connection: str = CONNECTION) -> None:
        super().__init__(slack_webhook_conn_id=connection, text=headline)
        self.mention = mention

    @cached_property
    def hook(self) -> SlackWebhookHook:
        """The provider's hook, whose client does not log what we log."""
        return SlackWebhookHook(
            slack_webhook_conn_id=self.slack_webhook_conn_id, timeout=TIMEOUT_SECONDS, logger=SILENT
        )

    def notify(self, context: Mapping[str, Any]) -> None:
        """Send the message, or log in one line why it could not be sent."""
        try:
            self.hook.send(text=self.mention + _message(self.text, context), unfurl_links=False)
        except Exception as error:
            self.log.warning(
                "Slack does not know of this %s: %s; check connection %r and the way to Slack",
                self.text.lower(),
                _line(error),
                self.slack_webhook_conn_id,
            )


def notify_success(*, connection: str = CONNECTION) -> Notifier:
    """For `on_success_callback`."""
    return Notifier("Success", connection=connection)


def notify_failure(*, connection: str = CONNECTION) -> Notifier:
    """For `on_failure_callback`."""
    return Notifier("Failure", connection=connection)


def notify_critical(*, mention: str = "!channel", connection: str = CONNECTION) -> Notifier:
    """For `on_failure_callback` of what cannot wait; mentions `!channel`, `!here`, or `!subteam^ID`, which is a group."""
    return Notifier("Critical failure", mention=f"<{mention}> ", connection=connection)


def _message(headline: str, context: Mapping[str, Any]) -> str:
    # The callback of a DAG has a reason, and the task that decided: of interest if it failed.
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
    """An exception's type and first line, without secrets: Slack is no place for what the log masks."""
    text = str(error) if isinstance(error, str) else f"{type(error).__name__}: {error}"
    # Masked before it is cut, or half a secret would pass.
    return masked(text).strip().partition("\n")[0][:LINE_CHARACTERS]


def _escaped(text: str) -> str:
    """As Slack wants it, so that nobody is mentioned by an exception's text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")
