"""Settings of CloudWatch alarms in the Query protocol, which Terraform uses.

AWS: DescribeAlarms returns all settings of an alarm.
ministack 1.5.33: returns all of them in JSON and CBOR. In the Query protocol, which AWS provider 5.100.0 uses, period,
statistic, dimensions, actions and more are missing.
In Terraform: every plan changes every `aws_cloudwatch_metric_alarm`.
Remove when `_describe_alarms` in services/cloudwatch.py of ministack writes `<Period>`.
"""

import re
from typing import Any
from xml.sax.saxutils import escape, unescape

from local_aws.patches.replace import Function, replace

SCALARS = ("Period", "Statistic", "ExtendedStatistic", "TreatMissingData", "Unit", "AlarmDescription")
LISTS = ("AlarmActions", "OKActions", "InsufficientDataActions")
NAME = re.compile(r"<member><AlarmName>(.*?)</AlarmName>")


def apply() -> None:
    """Add the missing elements to each metric alarm."""
    from ministack.services import cloudwatch

    @replace(cloudwatch, "_describe_alarms", "params cbor_data is_cbor is_json")
    def describe_alarms(original: Function, params: Any, cbor_data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        status, headers, body = original(params, cbor_data, is_cbor, is_json)
        if is_cbor or is_json or status != 200:
            return status, headers, body

        def add(match: re.Match[str]) -> str:
            alarm = cloudwatch._alarms.get(unescape(match[1]))
            return match[0] + (missing_elements(alarm) if alarm else "")

        return status, headers, NAME.sub(add, body.decode()).encode()


def missing_elements(alarm: dict[str, Any]) -> str:
    """Return the XML elements that ministack omits."""
    xml = "".join(f"<{name}>{escape(str(alarm[name]))}</{name}>" for name in SCALARS if alarm.get(name))
    xml += f"<ActionsEnabled>{str(alarm.get('ActionsEnabled', True)).lower()}</ActionsEnabled>"
    for name in LISTS:
        xml += f"<{name}>{''.join(f'<member>{escape(arn)}</member>' for arn in alarm.get(name, []))}</{name}>"
    dimensions = "".join(
        f"<member><Name>{escape(each['Name'])}</Name><Value>{escape(each['Value'])}</Value></member>"
        for each in alarm.get("Dimensions", [])
    )
    return f"{xml}<Dimensions>{dimensions}</Dimensions>"
