"""Run `python -m ops.cdktf`."""

import sys

from ops.cdktf.command import main

sys.exit(main())
