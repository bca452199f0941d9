"""The command `juno`: `python -m juno --help`."""

import signal
import sys

from juno._juno import run_command


def main() -> int:
    """Runs the command that the arguments name and gives its exit code."""
    # Ctrl-C ends a command at once, as it does for any other.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
