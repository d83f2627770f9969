"""Settings of databases that ministack accepts and drops.

AWS: stores and returns the log exports, the key of Performance Insights, the backup window of an instance, and the idle
seconds after which an Aurora cluster pauses.
ministack 1.5.33: returns none of them, or a default.
In Terraform: every plan changes every `aws_db_instance`, `aws_rds_cluster` and `aws_rds_cluster_instance` with such a
setting.
Remove when `_instance_xml` in services/rds.py of ministack writes EnabledCloudwatchLogsExports.
"""

from itertools import count, takewhile
from typing import Any
from xml.sax.saxutils import escape

from local_aws.patches.replace import Function, replace

EXPORTS = "EnabledCloudwatchLogsExports"
INSIGHTS_KEY = "PerformanceInsightsKMSKeyId"
PAUSE = "SecondsUntilAutoPause"


def apply() -> None:
    """Store the settings on create and on modify, and return them with the database."""
    from ministack.services import rds

    def members(params: dict[str, Any], prefix: str) -> list[str]:
        return list(takewhile(bool, (rds._p(params, f"{prefix}.member.{number}") for number in count(1))))

    def keep(record: dict[str, Any], params: dict[str, Any]) -> None:
        exports = record.get(EXPORTS) or []
        exports += members(params, "EnableCloudwatchLogsExports")
        exports += members(params, "CloudwatchLogsExportConfiguration.EnableLogTypes")
        disabled = members(params, "CloudwatchLogsExportConfiguration.DisableLogTypes")
        record[EXPORTS] = sorted(set(exports) - set(disabled))
        for name, sent in ((INSIGHTS_KEY, "PerformanceInsightsKMSKeyId"), ("PreferredBackupWindow",) * 2):
            if value := rds._p(params, sent):
                record[name] = value
        if value := rds._p(params, "EnablePerformanceInsights"):
            record["PerformanceInsightsEnabled"] = value == "true"

    def replace_action(name: str, identifier: str, store: Any) -> None:
        @replace(rds, name, "p")
        def action(original: Function, p: dict[str, Any]) -> Any:
            response = original(p)
            record = store.get(rds._p(p, identifier))
            if response[0] == 200 and record:
                keep(record, p)
            return response

    @replace(rds, "_instance_xml", "i")
    @replace(rds, "_cluster_xml", "c")
    def xml(original: Function, record: dict[str, Any]) -> str:
        types = "".join(f"<member>{escape(name)}</member>" for name in record.get(EXPORTS) or [])
        text: str = original(record)
        text = text.replace(f"<{EXPORTS}/>", "") + f"<{EXPORTS}>{types}</{EXPORTS}>"
        key = record.get(INSIGHTS_KEY)
        return text + (f"<{INSIGHTS_KEY}>{key}</{INSIGHTS_KEY}>" if key else "")

    @replace(rds, "_serverlessv2_from_params", "p")
    def from_params(original: Function, p: dict[str, Any]) -> Any:
        scaling = original(p)
        if scaling and (seconds := rds._p(p, f"ServerlessV2ScalingConfiguration.{PAUSE}")):
            scaling[PAUSE] = int(seconds)
        return scaling

    @replace(rds, "_serverlessv2_xml", "c")
    def scaling_xml(original: Function, c: dict[str, Any]) -> str:
        seconds = (c.get("ServerlessV2ScalingConfiguration") or {}).get(PAUSE)
        end = "</ServerlessV2ScalingConfiguration>"
        text: str = original(c)
        return text.replace(end, f"<{PAUSE}>{seconds}</{PAUSE}>{end}") if seconds else text

    for verb in ("create", "modify"):
        replace_action(f"_{verb}_db_instance", "DBInstanceIdentifier", rds._instances)
        replace_action(f"_{verb}_db_cluster", "DBClusterIdentifier", rds._clusters)
