"""`python -m ops.local_aws`: the command without the rest of the tools."""

from ops.local_aws.cli import main

main()
