"""The process that is the local AWS: ministack with our patches, on the port and address of its environment."""

import argparse
import sys
from collections.abc import Iterable

from local_aws.errors import LocalAwsError
from local_aws.patches import PATCHES


def serve(patches: Iterable[str]) -> None:
    """Apply the named patches, then serve until a signal; ministack reads everything else from the environment."""
    for name in patches:
        PATCHES[name]()
    from ministack.app import main

    sys.argv = ["ministack"]  # its main() parses the command line, and ours is not its
    main()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("run_id", help="only to recognise the process by")
    arguments.add_argument("patches", nargs="*")
    try:
        serve(arguments.parse_args().patches)
    except LocalAwsError as error:
        sys.exit(f"error: {error}")
