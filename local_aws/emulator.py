"""Process of the emulator: ministack with our patches. Environment variables set its address and port."""

import argparse
import sys
from collections.abc import Iterable

from local_aws.errors import LocalAwsError
from local_aws.patches import apply_patch


def serve(patches: Iterable[str]) -> None:
    """Apply the named patches, then serve until a signal; environment variables configure ministack."""
    for name in patches:
        apply_patch(name)
    from ministack.app import main

    sys.argv = ["ministack"]  # its main() parses the command line, which is ours
    main()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("run_id", help="identifies the process in a list of processes")
    arguments.add_argument("patches", nargs="*")
    try:
        serve(arguments.parse_args().patches)
    except LocalAwsError as error:
        sys.exit(f"error: {error}")
