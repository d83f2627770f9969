"""What Terraform makes of a configuration's expressions, without a provider: references to resources stay addresses.

A plan says "known after apply" of everything that has a reference in it, such as every container definition. Here all of it
is to be seen.
"""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from module_export.merge import COUNTED
from module_export.template import expression, is_interpolation, split
from modules.account import AccountConfig

Values = dict[str, Any]
_REFERENCE = re.compile(r"(?<![\w.\"])(?:one\()?((?:ephemeral\.)?aws_\w+\.\w+)(?:\[\*\]|\[each\.key\])?(\.\w+)(\))?")


class Evaluation:
    """Modules without resources: an output of each is what the resources would be told."""

    def __init__(self, folder: Path, account: AccountConfig) -> None:
        self.folder = folder
        self._data = {
            "data.aws_caller_identity.current.account_id": account.account_id,
            "data.aws_region.current.name": account.region,
            "data.aws_partition.current.partition": account.partition,
        }
        self._root: Values = {"module": {}, "output": {}}

    def add(self, name: str, document: Values, variables: Values | None = None) -> None:
        """A folder with a module, to be called."""
        module = self.folder / name
        module.mkdir(parents=True)
        everything: Values = {}
        for section in COUNTED:
            for kind, bodies in document.get(section, {}).items():
                address = kind if section == "resource" else f"{section}.{kind}"
                everything |= {f"{address}.{id}": self._lazy(body) for id, body in bodies.items()}
        everything |= {f"output.{id}": self._known(one) for id, one in document["output"].items()}
        main = {
            "locals": {**self._known(document.get("locals", {})), "everything": everything},
            "output": {"everything": {"value": "${jsonencode(local.everything)}"}},
        }
        (module / "main.tf.json").write_text(json.dumps(main, indent=1))
        if variables:
            (module / "variables.tf.json").write_text(json.dumps({"variable": variables}))

    def call(self, name: str, module: str, values: Mapping[str, Any] | None = None) -> None:
        """One call of it."""
        # Sensitive: it takes long to show all of it as a change.
        self._root["module"][name] = {"source": f"./{module}", **(values or {})}
        self._root["output"][name] = {"value": f"${{module.{name}.everything}}", "sensitive": True}

    def plan(self, code: int = 0) -> str:
        """What Terraform says."""
        (self.folder / "main.tf.json").write_text(json.dumps(self._root, indent=1))
        self._run("init")
        return self._run("plan", "-out=plan", code=code)

    def made(self) -> dict[str, Values]:
        """Call -> address -> arguments; only what is there."""
        self.plan()
        planned = json.loads(self._run("show", "-json", "plan"))["planned_values"]["outputs"]
        return {name: _expanded(json.loads(output["value"])) for name, output in planned.items()}

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

    def _known(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._known(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._known(one) for one in value]
        if not isinstance(value, str):
            return value
        return "".join(self._answered(part) if is_interpolation(part) else part for part in split(value))

    def _answered(self, interpolation: str) -> str:
        for reference, answer in self._data.items():
            interpolation = interpolation.replace(reference, f'"{answer}"')
        interpolation = re.sub(r"\b(self\.\w+|each\.key)\b", r'"\1"', interpolation)
        return _REFERENCE.sub(
            lambda it: f'"{it[1]}{it[2]}"' + (it[3] or "" if not it[0].startswith("one(") else ""), interpolation
        )

    def _lazy(self, body: Values) -> Any:
        """The body, null where there is none of it: nobody asks what it would be, and it might be nothing that makes sense."""
        known = self._known(body)
        if "count" not in known:
            return known

        def when(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: when(one) for key, one in value.items()}
            if isinstance(value, list):
                return [when(one) for one in value]
            return f"${{({known['count'][2:-1]}) == 0 ? null : {expression(value)}}}"

        return {key: value if key == "count" else when(value) for key, value in known.items()}


def _expanded(resources: Values) -> Values:
    made: Values = {}
    for address, body in resources.items():
        if body.pop("count", 1) == 0:
            continue
        if (keys := body.pop("for_each", None)) is None:
            made[address] = _plain(body)
            continue
        for key in keys:
            made[f'{address}["{key}"]'] = json.loads(json.dumps(_plain(body)).replace("each.key", key))
    for body in made.values():
        if "depends_on" in body:
            body["depends_on"] = sorted(address for address in body["depends_on"] if address in made)
    return made


def _plain(value: Any) -> Any:
    """As a provider takes it: without nulls, numbers and texts alike, JSON for what it says, sets in one order."""
    if isinstance(value, dict):
        blocks = {name: [block["content"]] for name, block in value.get("dynamic", {}).items() if block["for_each"]}
        plain = {key: _plain(one) for key, one in {**value, **blocks}.items() if key not in {"dynamic", "//"}}
        return {key: one for key, one in plain.items() if one is not None and one != []}
    if isinstance(value, list):
        plain_list = [_plain(one) for one in value]
        if not all(isinstance(one, dict) for one in plain_list):
            return plain_list
        # One block may be written either way.
        return plain_list[0] if len(plain_list) == 1 else sorted(plain_list, key=_order)
    if isinstance(value, str) and value.startswith(("[", "{")):
        return _plain(json.loads(value))
    return value if value is None else json.dumps(value) if not isinstance(value, str) else value


def _order(value: Values) -> str:
    return str(value.get("name") or value.get("Sid") or json.dumps(value, sort_keys=True))
