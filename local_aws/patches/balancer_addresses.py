"""DNS name of a load balancer.

AWS: a browser can open `DNSName`.
ministack 1.5.33: invents a name below amazonaws.com, which no DNS server resolves. It also answers requests for
`<name>.alb.localhost`, which browsers resolve to this machine.
In a browser: Airflow redirects to the URL with which it was deployed, and the browser does not find the server.
Remove when `DNSName` in services/alb.py of ministack resolves to ministack.
"""

import os
from typing import Any

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Return the resolvable name, with the port, because URLs are built from it."""
    from ministack.services import alb

    port = os.environ["GATEWAY_PORT"]

    @replace(alb, "_lb_xml", "lb")
    def lb_xml(original: Function, lb: dict[str, Any]) -> Any:
        return original({**lb, "DNSName": f"{lb['LoadBalancerName'].lower()}.alb.localhost:{port}"})
