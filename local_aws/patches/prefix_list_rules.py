"""Security group rules whose peer is a prefix list.

AWS: the peer of a rule can be a managed prefix list, such as that for S3, instead of a CIDR.
ministack 1.5.33: ignores `PrefixListIds` in the request, so the rule has no peer.
In Terraform: the plan after the first apply fails with "Provider produced invalid plan … requires replacement on
aws_vpc_security_group_egress_rule".
Remove when `_parse_ip_permissions` in services/ec2.py of ministack reads prefix lists and `_sg_rule_xml` writes them.
"""

from itertools import count
from typing import Any

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Read prefix lists from the request, and return them with the rule."""
    from ministack.services import ec2

    @replace(ec2, "_parse_ip_permissions", "params prefix")
    def parse_ip_permissions(original: Function, params: dict[str, Any], prefix: str) -> Any:
        rules = original(params, prefix)
        for number, rule in enumerate(rules, 1):
            for position in count(1):
                peer = f"{prefix}.{number}.PrefixListIds.{position}"
                if not ec2._p(params, f"{peer}.PrefixListId"):
                    break
                entry = {"PrefixListId": ec2._p(params, f"{peer}.PrefixListId")}
                if description := ec2._p(params, f"{peer}.Description"):
                    entry["Description"] = description
                rule["PrefixListIds"].append(entry)
        return rules

    @replace(ec2, "_sg_rule_xml", "sg_id rule is_egress")
    def sg_rule_xml(original: Function, sg_id: str, rule: dict[str, Any], is_egress: bool = False) -> str:
        xml: str = original(sg_id, rule, is_egress)
        for peer in rule["PrefixListIds"][:1]:  # a rule resource has one peer
            xml = xml.replace("<groupId>", f"<prefixListId>{peer['PrefixListId']}</prefixListId><groupId>", 1)
        return xml
