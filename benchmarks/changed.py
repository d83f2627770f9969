"""Measure `ops changed` by the number of projects, with and without a synthesis: `python -m benchmarks.changed`."""

import json
import os
import tempfile
import time
from pathlib import Path

from backend.bootstrap import bootstrap
from backend.digests import stack_folders
from configuration.load import load
from tests.checkout import Checkout
from tests.ops.deployed_states import put, state


def main() -> None:
    """Print a line for 100 and for 1,000 projects, all deployed to the local AWS as configured."""
    print(f"ops changed on {os.cpu_count()} cores, in seconds: with an empty and with a full cache of stacks")
    for count in (100, 1000):
        with tempfile.TemporaryDirectory() as folder:
            checkout = Checkout.make(Path(folder))
            projects = checkout.path / "environments/local/projects"
            text = (projects / "weather.tfvars").read_text()
            for number in range(count - 1):
                (projects / f"project-{number:04}.tfvars").write_text(text)
            checkout.ops("local-aws", "start")
            try:
                first, again = _seconds(checkout)
            finally:
                checkout.ops("local-aws", "stop")
        print(f"  {count:5} projects: {first:.1f}, {again:.1f}")


def _seconds(checkout: Checkout) -> tuple[float, float]:
    bootstrap(checkout.client, load(checkout.path / "environments")["local"].platform, {})
    first = _listed(checkout)[0]
    checkout.cdktf("synth")
    folders = {
        name: folder
        for name, folder in stack_folders(checkout.path / "cdktf.out").items()
        if name.startswith(("local-", "backend-000000000000"))
    }
    put(checkout, {name: state(name, folder, "one") for name, folder in folders.items()})
    again, found = _listed(checkout)
    if found:
        raise SystemExit(f"these should not differ: {found}")
    return first, again


def _listed(checkout: Checkout) -> tuple[float, list[object]]:
    began = time.perf_counter()
    said = checkout.ops("changed", "local", "--json").stdout
    return time.perf_counter() - began, json.loads(said)


if __name__ == "__main__":
    main()
