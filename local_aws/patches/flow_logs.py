"""Settings of VPC flow logs.

AWS: stores and returns role, interval, format, file options and tags.
ministack 1.5.33: stores destination and traffic type only, and looks for tags under the wrong resource type.
In Terraform: every plan replaces `aws_flow_log`.
Remove when `_create_flow_logs` in services/ec2.py of ministack reads MaxAggregationInterval.
"""

import re
from typing import Any
from xml.sax.saxutils import escape

from local_aws.patches.replace import Function, replace

DEFAULT_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
    "${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
)
FILE_OPTIONS = ("FileFormat", "HiveCompatiblePartitions", "PerHourPartition")
ID = re.compile(r"<(item|flowLogId)>(fl-[0-9a-fA-F]+)</\1>")


def apply() -> None:
    """Store the settings next to ministack's record, and return them with it."""
    from ministack.services import ec2

    @replace(ec2, "_create_flow_logs", "params")
    def create_flow_logs(original: Function, params: dict[str, Any]) -> Any:
        status, headers, body = original(params)
        for match in ID.finditer(body.decode()):
            ec2._flow_logs[match[2]]["_xml"] = missing_elements(lambda name: ec2._p(params, name))
            ec2._parse_tag_specs(params, "vpc-flow-log", match[2])
        return status, headers, body

    @replace(ec2, "_describe_flow_logs", "params")
    def describe_flow_logs(original: Function, params: dict[str, Any]) -> Any:
        status, headers, body = original(params)

        def add(match: re.Match[str]) -> str:
            return match[0] + str(ec2._flow_logs[match[2]].get("_xml", ""))

        return status, headers, ID.sub(add, body.decode()).encode()


def missing_elements(parameter: Any) -> str:
    """Return the XML elements that ministack omits, from the parameters of the request."""
    interval = parameter("MaxAggregationInterval") or "600"
    log_format = escape(parameter("LogFormat") or DEFAULT_FORMAT)
    xml = f"<maxAggregationInterval>{interval}</maxAggregationInterval><logFormat>{log_format}</logFormat>"
    if role := parameter("DeliverLogsPermissionArn"):
        xml += f"<deliverLogsPermissionArn>{escape(role)}</deliverLogsPermissionArn>"
    options = {name: parameter(f"DestinationOptions.{name}") for name in FILE_OPTIONS}
    if any(options.values()):
        inner = "".join(f"<{n[0].lower()}{n[1:]}>{v}</{n[0].lower()}{n[1:]}>" for n, v in options.items() if v)
        xml += f"<destinationOptions>{inner}</destinationOptions>"
    return xml
