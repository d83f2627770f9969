"""Synthesises the backend of one account without its locks on data, for `ops teardown`; prints the stack's folder.

Usage: python -m backend.removable ACCOUNT_ID REGION OUTPUT_FOLDER
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

if __name__ == "__main__":
    import fast_synth

    fast_synth.enable(ROOT)

from cdktf import App

from backend.stack import StateBackend
from backend.stack_id import BackendId
from configuration.load import load

if __name__ == "__main__":
    account_id, region, folder = sys.argv[1:]
    accounts = [environment.platform for environment in load(ROOT / "environments").values()]
    account = next(one for one in accounts if (one.account_id, one.region) == (account_id, region))
    app = App(outdir=folder)
    StateBackend(app, account, projects=[], removable=True)
    app.synth()
    print(Path(folder, "stacks", BackendId.of(account).name))
