"""Synthesise the backend of one account without its deletion protection, for `ops teardown`; print the stack's folder.

Usage: python -m backend.removable ACCOUNT_ID REGION OUTPUT_FOLDER
"""

import sys
from pathlib import Path

from cdktf import App

from backend.stack import StateBackend
from backend.stack_id import BackendId
from configuration.load import load

ENVIRONMENTS = Path(__file__).resolve().parent.parent / "environments"

if __name__ == "__main__":
    account_id, region, folder = sys.argv[1:]
    accounts = [environment.platform for environment in load(ENVIRONMENTS).values()]
    account = next(each for each in accounts if each.location == (account_id, region))
    app = App(outdir=folder)
    StateBackend(app, account, projects=[], removable=True)
    app.synth()
    print(Path(folder, "stacks", BackendId.of(account).name))
