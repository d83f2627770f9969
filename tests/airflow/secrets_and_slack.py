"""A local 1Password Connect and a local Slack, and the outcome of DAGs that use both in the running Airflow."""

import json
import re
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from instance import Instance
from pytest_httpserver import HTTPServer
from runs import Run, eventually

TOKEN = token_hex(16)
VAULT, ITEM = "v" * 26, "i" * 26
KEY, PASSWORD = "sk-live-0123456789", "pa'ss\"&/word"
PEM = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----"
FIELDS = [
    {"id": "username", "type": "STRING", "purpose": "USERNAME", "label": "username", "value": "bob"},
    {"id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "label": "password", "value": PASSWORD},
    {"id": "notes", "type": "STRING", "purpose": "NOTES", "label": "notesPlain", "value": "not a variable"},
    {"id": "f1", "type": "CONCEALED", "label": "API_KEY", "value": KEY},
    {"id": "f2", "type": "CONCEALED", "label": "private key", "value": PEM},
    {"id": "f3", "type": "STRING", "label": "PORT", "value": "5432", "section": {"id": "s1"}},
    {"id": "f4", "type": "STRING", "label": "empty"},
]


def serve_connect(server: HTTPServer, fields: list[dict[str, Any]] = FIELDS) -> HTTPServer:
    """Serve Connect's answers for the item `R&D` in the vault `Team`, and its errors for other tokens and names."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    item = {"id": ITEM, "title": "R&D", "category": "LOGIN", "vault": {"id": VAULT}, "fields": fields}
    item["sections"] = [{"id": "s1", "label": "database"}]
    names = (
        ("/v1/vaults", 'name eq "Team"', [{"id": VAULT, "name": "Team"}]),
        (f"/v1/vaults/{VAULT}/items", 'title eq "R&D"', [{"id": ITEM, "title": "R&D"}]),
    )
    for path, filtered, found in names:
        server.expect_request(path, headers=headers, query_string={"filter": filtered}).respond_with_json(found)
        server.expect_request(path, headers=headers).respond_with_json([])
    server.expect_request(f"/v1/vaults/{VAULT}/items/{ITEM}", headers=headers).respond_with_json(item)
    message = {"status": 401, "message": "Invalid token signature"}
    server.expect_request(re.compile("/v1/.*")).respond_with_json(message, status=401)
    return server


@dataclass
class Outcome:
    """Outcome of the DAGs in secrets_and_slack_dags.py."""

    airflow: Instance
    slack: HTTPServer
    runs: dict[str, Run]

    def tasks(self, dag_id: str) -> dict[str, tuple[str, int]]:
        """Return each task's state and number of tries."""
        found = self.airflow.api("GET", f"{self.runs[dag_id].path}/taskInstances")["task_instances"]
        return {one["task_id"]: (one["state"], one["try_number"]) for one in found}

    def log(self, dag_id: str, task_id: str) -> str:
        """Return a task's log as Airflow shows it."""
        return json.dumps(self.runs[dag_id].log(task_id), ensure_ascii=False)

    def message(self, wanted: str) -> str:
        """Wait for the Slack message that contains `wanted`: a DAG's callback runs after the end of its run."""

        def got() -> str | None:
            texts = [request.json["text"] for request, _ in self.slack.log]
            return next((text for text in texts if wanted in text), None)

        return eventually(got, f"a message with {wanted}")
