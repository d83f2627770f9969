"""Application Auto Scaling for the emulator: it stores targets, policies and actions, and never scales anything."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id, get_region

Data = dict[str, Any]
Key = tuple[str, ...]
DIMENSION = ("ServiceNamespace", "ResourceId", "ScalableDimension")

# The first two parts of each key are account and region, because AWS isolates both.
targets: dict[Key, Data] = {}
policies: dict[Key, Data] = {}
scheduled: dict[Key, Data] = {}
tags: dict[str, dict[str, str]] = {}


class ApiError(Exception):
    """Error of the API, with its AWS code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _key(data: Data, *more: str) -> Key:
    return (get_account_id(), get_region(), *(str(data.get(name, "")) for name in (*DIMENSION, *more)))


def _arn(kind: str) -> str:
    return f"arn:aws:{kind}:{get_region()}:{get_account_id()}"


def _require_target(data: Data) -> None:
    if _key(data) not in targets:
        where = ", ".join(str(data.get(name)) for name in DIMENSION)
        raise ApiError("ObjectNotFoundException", f"No scalable target registered for {where}")


def _put(store: dict[Key, Data], key: Key, data: Data, new: Data) -> Data:
    store[key] = new | {"CreationTime": time.time()} | store.get(key, {}) | data
    return store[key]


def _select(store: dict[Key, Data], data: Data, names: str = "", name: str = "") -> list[Data]:
    found = (item for key, item in list(store.items()) if key[:2] == (get_account_id(), get_region()))
    found = (i for i in found if all(data.get(field) in (None, i[field]) for field in DIMENSION))
    return [item for item in found if not data.get(names) or item[name] in data[names]]


def _drop(store: dict[Key, Data], key: Key) -> Data:
    if store.pop(key, None) is None:
        raise ApiError("ObjectNotFoundException", "No such object: " + " ".join(key[2:]))
    return {}


def _register_target(data: Data) -> Data:
    wanted = dict(data)
    wished_tags = wanted.pop("Tags", None)
    if _key(data) not in targets and not {"MinCapacity", "MaxCapacity"} <= data.keys():
        raise ApiError("ValidationException", "MinCapacity and MaxCapacity are required for a new scalable target")
    linked = f"{_arn('iam').replace(get_region(), '')}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com"
    new = {
        "ScalableTargetARN": f"{_arn('application-autoscaling')}:scalable-target/{uuid.uuid4().hex[:24]}",
        "RoleARN": f"{linked}/AWSServiceRoleForApplicationAutoScaling_ECSService",
        "SuspendedState": dict.fromkeys(
            ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
        ),
    }
    target = _put(targets, _key(data), wanted, new)
    if wished_tags is not None:
        tags[target["ScalableTargetARN"]] = dict(wished_tags)
    return {"ScalableTargetARN": target["ScalableTargetARN"]}


def _deregister_target(data: Data) -> Data:
    _require_target(data)
    tags.pop(targets[_key(data)]["ScalableTargetARN"], None)
    for store in (policies, scheduled):  # AWS deletes both with their target
        for key in [key for key in store if key[:5] == _key(data)]:
            del store[key]
    return _drop(targets, _key(data))


def _put_policy(data: Data) -> Data:
    _require_target(data)
    name = f":resource/{data['ServiceNamespace']}/{data['ResourceId']}:policyName/{data['PolicyName']}"
    arn = f"{_arn('autoscaling')}:scalingPolicy:{uuid.uuid4()}{name}"
    policy = _put(policies, _key(data, "PolicyName"), data, {"PolicyARN": arn, "Alarms": []})
    return {"PolicyARN": policy["PolicyARN"], "Alarms": policy["Alarms"]}


def _put_scheduled(data: Data) -> Data:
    _require_target(data)
    name = (
        f":resource/{data['ServiceNamespace']}/{data['ResourceId']}:scheduledActionName/{data['ScheduledActionName']}"
    )
    arn = f"{_arn('autoscaling')}:scheduledAction:{uuid.uuid4()}{name}"
    _put(scheduled, _key(data, "ScheduledActionName"), data, {"ScheduledActionARN": arn})
    return {}


def _untag(data: Data) -> Data:
    for name in data["TagKeys"]:
        tags.get(data["ResourceARN"], {}).pop(name, None)
    return {}


def _tag(data: Data) -> Data:
    tags.setdefault(data["ResourceARN"], {}).update(data["Tags"])
    return {}


ACTIONS: dict[str, Callable[[Data], Data]] = {
    "RegisterScalableTarget": _register_target,
    "DescribeScalableTargets": lambda d: {"ScalableTargets": _select(targets, d, "ResourceIds", "ResourceId")},
    "DeregisterScalableTarget": _deregister_target,
    "PutScalingPolicy": _put_policy,
    "DescribeScalingPolicies": lambda d: {"ScalingPolicies": _select(policies, d, "PolicyNames", "PolicyName")},
    "DeleteScalingPolicy": lambda d: _drop(policies, _key(d, "PolicyName")),
    "PutScheduledAction": _put_scheduled,
    "DescribeScheduledActions": lambda d: {
        "ScheduledActions": _select(scheduled, d, "ScheduledActionNames", "ScheduledActionName")
    },
    "DeleteScheduledAction": lambda d: _drop(scheduled, _key(d, "ScheduledActionName")),
    "ListTagsForResource": lambda d: {"Tags": tags.get(d["ResourceARN"], {})},
    "TagResource": _tag,
    "UntagResource": _untag,
}


async def handle_request(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: Data
) -> tuple[int, dict[str, str], bytes]:
    """Answer one request of the JSON 1.1 protocol; ministack's router requires this signature."""
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    try:
        if action not in ACTIONS:
            raise ApiError("UnknownOperationException", f"{action} is not part of the local AWS")
        status, answer = 200, ACTIONS[action](json.loads(body or b"{}"))
    except ApiError as error:
        status, answer = 400, {"__type": error.code, "message": str(error)}
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()
