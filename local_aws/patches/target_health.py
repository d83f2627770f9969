"""Health checks of load balancer targets.

AWS: a target receives requests only while it passes the health check of its target group.
ministack 1.5.33: reports every registered target as healthy.
In a service: while a new api-server starts, half of the requests fail with 502.
Remove when `_describe_target_health` in services/alb.py of ministack probes the target.
"""

import http.client
import random
import re
import time
from dataclasses import dataclass
from typing import Any

from local_aws.patches.replace import Function, replace

INITIAL_SECONDS = 1.0  # interval between the checks of a target that has not answered yet
TARGET = re.compile(r"<Id>([^<]*)</Id>(.*?)<HealthStatus>healthy</HealthStatus><TargetHealth><State>healthy</State>")
PROXIED = ("ip", "instance")


@dataclass
class Target:
    """A registration of a target. A later task may register the same address again."""

    group: str
    address: str
    port: int
    state: str = "initial"


targets: dict[tuple[str, str], Target] = {}


def apply() -> None:
    """Probe each target while it is registered, and forward requests to healthy ones."""
    from ministack.core.concurrency import spawn_background
    from ministack.services import alb

    @replace(alb, "set_targets_for_group", "tg_arn targets previous_ids")
    def set_targets(original: Function, tg_arn: str, wanted: list[tuple[str, int]], previous_ids: Any = ()) -> Any:
        new = []
        if alb._tgs.get(tg_arn, {}).get("TargetType") in PROXIED:
            new = [Target(tg_arn, *each) for each in wanted if (tg_arn, each[0]) not in targets]
        # Before the registration, because a registered target without an entry counts as healthy.
        targets.update({(tg_arn, each.address): each for each in new})
        done = original(tg_arn, wanted, previous_ids)
        registered = {each["Id"] for each in alb._targets.get(tg_arn, [])}
        for gone in [key for key in targets if key[0] == tg_arn and key[1] not in registered]:
            del targets[gone]
        for each in new:
            spawn_background(watch_target, each)
        return done

    @replace(alb, "_forward_to_tg", "tg_arn method path headers body query_params raw_query_string raw_path")
    async def forward(original: Function,
        tg_arn: str, method: str, path: str, headers: Any, body: Any, query_params: Any,
        raw_query_string: Any = None, raw_path: Any = None,
    ) -> Any:  # fmt: skip
        registered = alb._targets.get(tg_arn, [])
        healthy = [each for each in registered if target_state(tg_arn, each["Id"]) == "healthy"]
        if not healthy:  # like AWS, forward to any of them then
            return await original(tg_arn, method, path, headers, body, query_params, raw_query_string, raw_path)
        return await alb._proxy_http_target(
            random.choice(healthy),  # noqa: S311
            alb._tgs[tg_arn], method, raw_path or path, headers, body, query_params, raw_query_string,
        )  # fmt: skip

    @replace(alb, "_describe_target_health", "params")
    def describe(original: Function, params: Any) -> Any:
        status, headers, body = original(params)
        group = alb._p(params, "TargetGroupArn")

        def correct(match: re.Match[str]) -> str:
            return match[0].replace(">healthy<", f">{target_state(group, match[1])}<")

        return status, headers, TARGET.sub(correct, body.decode()).encode()


def target_state(group: str, address: str) -> str:
    """Return the health state of a target; a target without probes is healthy, as in ministack."""
    target = targets.get((group, address))
    return target.state if target else "healthy"


def watch_target(target: Target) -> None:
    """Probe a target and update its state while it is registered."""
    from ministack.services import alb

    contradictions = 0
    """Consecutive results that contradict the current state."""
    while targets.get((target.group, target.address)) is target:
        settings = alb._tgs[target.group]
        passed = passes_check(target, settings)
        contradictions = contradictions + 1 if passed != (target.state == "healthy") else 0
        threshold = settings["HealthyThresholdCount" if passed else "UnhealthyThresholdCount"]
        if contradictions >= (1 if target.state == "initial" else threshold):
            target.state, contradictions = ("healthy" if passed else "unhealthy"), 0
        time.sleep(INITIAL_SECONDS if target.state == "initial" else settings["HealthCheckIntervalSeconds"])


def passes_check(target: Target, settings: dict[str, Any]) -> bool:
    """Return whether a target answers its health check with a status code that its group accepts."""
    connection = http.client.HTTPConnection(target.address, target.port, timeout=settings["HealthCheckTimeoutSeconds"])
    try:
        connection.request("GET", settings["HealthCheckPath"])
        return matches_status(connection.getresponse().status, str(settings["Matcher"]["HttpCode"]))
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def matches_status(status: int, matcher: str) -> bool:
    """Return whether a matcher such as "200,301-302" includes a status."""
    ranges = (part.partition("-") for part in matcher.split(","))
    return any(int(first) <= status <= int(last or first) for first, _, last in ranges)
