"""Evaluate a module's expressions with Terraform, without a provider.

A plan prints "known after apply" for every argument with a reference to a resource, such as container definitions. Here
resources are locals whose attributes are texts, so that every argument is known.
"""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from module_export.hcl import expression
from module_export.merge import COUNTED
from module_export.values import Conditional, Included
from modules.account import AccountConfig

Values = dict[str, Any]
_REFERENCE = r"(?<![\w.\"])((?:data\.|ephemeral\.)?aws_\w+)\.(\w+)"


class Evaluation:
    """Modules without resources: an output of each has the arguments that the resources would have."""

    def __init__(self, folder: Path, account: AccountConfig) -> None:
        self.folder = folder
        self._place = {
            "aws_caller_identity": {"account_id": account.account_id},
            "aws_region": {"name": account.region},
            "aws_partition": {"partition": account.partition},
        }
        self._root: Values = {"module": {}, "output": {}}

    def add(self, name: str, document: Values, files: Mapping[str, str] | None = None) -> None:
        """Write a module that root modules can call; of ``files``, those that are written by hand are used."""
        texts = {"locals.tf": "", "variables.tf": "", **(files or {})}
        module = self.folder / name
        module.mkdir(parents=True)
        bodies = {
            (kind if section == "resource" else f"{section}.{kind}", id): _with_nulls(body)
            for section in COUNTED
            for kind, of_kind in document.get(section, {}).items()
            for id, body in of_kind.items()
        }
        everything = {f"{kind}.{id}": _instances(body) for (kind, id), body in bodies.items()}
        everything |= {f"output.{id}": expression(output) for id, output in document["output"].items()}
        named = {id: expression(value) for id, value in document.get("locals", {}).items()}
        by_hand = re.sub(r"^data .*\n", "", texts["locals.tf"], flags=re.M)
        stand_ins = self._stand_ins(bodies, " ".join([*everything.values(), *named.values(), by_hand]))
        lines = [f"{name} = {text}" for name, text in named.items()]
        lines += ["everything = {", *(f'"{address}" = {text}' for address, text in everything.items()), "}"]
        output = 'output "everything" {\nvalue = jsonencode(local.everything)\n}\n'
        (module / "main.tf").write_text(_with_locals("locals {\n" + "\n".join(lines) + "\n}\n") + output)
        (module / "locals.tf").write_text(_with_locals(by_hand) + "locals {\n" + "\n".join(stand_ins) + "\n}\n")
        (module / "variables.tf").write_text(texts["variables.tf"])

    def _stand_ins(self, bodies: Mapping[tuple[str, str], Values], texts: str) -> list[str]:
        """Return a local for each kind of resource."""
        kinds = {f"data_{kind}": [f"current = {expression(values)}"] for kind, values in self._place.items()}
        for (kind, id), body in bodies.items():
            # Read through a variable of an expression, not through a reference: ids only.
            attributes = {"id", *re.findall(rf"{re.escape(kind)}\.\w+(?:\[[^]]*\])?\.(\w+)", texts)}
            key = "[${each_key}]" if "for_each" in body else ""
            stand_in = expression({one: f"{kind}.{id}{key}.{one}" for one in attributes})
            if "for_each" in body:
                stand_in = _repeated(body, stand_in)
            if "count" in body:
                stand_in = f"[for index in range({expression(body['count'])}) : {stand_in}]"
            kinds.setdefault(kind.replace(".", "_"), []).append(f"{id} = {_with_locals(stand_in)}")
        return ["\n".join([f"{kind} = {{", *stand_ins, "}"]) for kind, stand_ins in kinds.items()]

    def call(self, name: str, module: str, values: Mapping[str, Any] | None = None) -> None:
        """Add a call of a module."""
        # Sensitive, because Terraform takes long to print all of it as a change.
        self._root["module"][name] = {"source": f"./{module}", **(values or {})}
        self._root["output"][name] = {"value": f"${{module.{name}.everything}}", "sensitive": True}

    def plan(self, code: int = 0) -> str:
        """Return what Terraform prints."""
        (self.folder / "main.tf.json").write_text(json.dumps(self._root, indent=1))
        self._run("init")
        return self._run("plan", "-out=plan", code=code)

    def made(self) -> dict[str, Values]:
        """Return the arguments of the resources that exist, by call and address."""
        self.plan()
        planned = json.loads(self._run("show", "-json", "plan"))["planned_values"]["outputs"]
        return {name: _existing(json.loads(output["value"])) for name, output in planned.items()}

    def _run(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            ["terraform", *arguments, "-no-color"],
            cwd=self.folder,
            env={**os.environ, "CHECKPOINT_DISABLE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stdout + done.stderr


def _with_nulls(value: Any) -> Any:
    """Return the body with null for arguments and blocks that do not exist."""
    if isinstance(value, Included):
        return Conditional(value.condition, _with_nulls(value.value))
    if isinstance(value, dict):
        return {key: _with_nulls(one) for key, one in value.items()}
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return [_with_nulls(one) for one in value]
    return value


def _repeated(body: Values, text: str) -> str:
    """Return the text for each instance of a repeated resource."""
    text = re.sub(r"\beach\.(key|value)\b", r"each_\1", text)
    return f"{{ for each_key, each_value in {expression(body['for_each'])} : each_key => {text} }}"


def _instances(body: Values) -> str:
    """Return the arguments of a resource, by instance if it is repeated; null if it does not exist."""
    text = expression({key: value for key, value in body.items() if key not in {"count", "for_each", "//"}})
    if "for_each" in body:
        return f"{{ instances = {_repeated(body, text)} }}"
    # Terraform does not evaluate the other branch.
    return f"({expression(body['count'])}) == 0 ? null : {text}" if "count" in body else text


def _with_locals(text: str) -> str:
    """Return the expression with stand-ins in place of resources."""
    text = re.sub(r"\bself\.(\w+)", r'"self.\1"', text)
    return re.sub(_REFERENCE, lambda it: f"local.{it[1].replace('.', '_')}.{it[2]}", text)


def _existing(resources: Values) -> Values:
    made: Values = {}
    for address, body in resources.items():
        if body is not None and body.keys() == {"instances"}:
            made |= {f'{address}["{key}"]': _plain(one) for key, one in body["instances"].items()}
        elif body is not None:
            made[address] = _plain(body)
    known = {address.partition("[")[0] for address in made}
    for body in made.values():
        if "depends_on" in body:
            body["depends_on"] = sorted(known.intersection(body["depends_on"]))
    return made


def _plain(value: Any) -> Any:
    """Return the value as a provider takes it: without nulls, with numbers as texts, and with the data of JSON texts."""
    if isinstance(value, dict):
        plain = {key: _plain(one) for key, one in value.items() if key != "//"}
        return {key: one for key, one in plain.items() if one is not None and one != []}
    if isinstance(value, list):
        elements = [_plain(one) for one in value]
        # One block may be written as a list or not.
        return elements[0] if len(elements) == 1 and isinstance(elements[0], dict) else _in_order(elements)
    if isinstance(value, str) and value.startswith(("[", "{")):
        return {"JSON": as_data(value)}
    return value if value is None or isinstance(value, str) else json.dumps(value)


def as_data(value: Any) -> Any:
    """Return the value with data in place of JSON texts, also within others; numbers and texts differ."""
    if isinstance(value, dict):
        return {key: as_data(one) for key, one in value.items()}
    if isinstance(value, list):
        return _in_order([as_data(one) for one in value])
    if isinstance(value, str) and value.startswith(("[", "{")):
        with suppress(ValueError):
            return as_data(json.loads(value))
    return value


def _in_order(values: list[Any]) -> list[Any]:
    if not all(isinstance(one, dict) for one in values):
        return values
    return sorted(values, key=lambda one: str(one.get("name") or one.get("Sid") or json.dumps(one, sort_keys=True)))
