"""Run `python -m ops.cdktf`."""

from ops.cdktf.command import main

main()
