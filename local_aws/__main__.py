"""Run `python -m local_aws`, the command of this package alone."""

from local_aws.cli import main

main()
