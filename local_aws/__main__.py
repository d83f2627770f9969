"""`python -m local_aws`: the command without the rest of the tools."""

from local_aws.cli import main

main()
