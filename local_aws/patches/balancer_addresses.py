"""The name of a load balancer.

AWS: `DNSName` is what a browser opens.
ministack 1.5.33: answers for it, but no resolver knows a name below amazonaws.com that it made up. It answers for
`<name>.alb.localhost` as well, which browsers take for this machine.
In a browser: Airflow sends people on to the URL that it was deployed with, and the server is not found.
Remove when `DNSName` in services/alb.py of ministack is a name that leads to it.
"""

import os

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Give the name that leads here, with the port, as URLs are made of it."""
    from ministack.services import alb

    port = os.environ["GATEWAY_PORT"]

    def wrap(original: Function) -> Function:
        return lambda lb: original({**lb, "DNSName": f"{lb['LoadBalancerName'].lower()}.alb.localhost:{port}"})

    replace(alb, "_lb_xml", "lb", wrap)
