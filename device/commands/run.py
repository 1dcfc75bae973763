"""Be the daemon: wait for the button, observe, play.

Runs until SIGTERM or Ctrl-C, and tells systemd when it is ready if systemd started it.
"""

import argparse

from device.commands._parser import add_config_argument
from device.settings.config_file import load_configuration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run until told to stop."""
    from device.appliance import daemon  # noqa: PLC0415 - loads OpenCV and the runtime, which the other verbs do without

    daemon.run(load_configuration(arguments.config).settings, arguments.config)
    return 0
