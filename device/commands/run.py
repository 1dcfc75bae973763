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
    from device.appliance.systemd import leave_word  # noqa: PLC0415 - only the daemon speaks to systemd

    try:
        settings = load_configuration(arguments.config).settings
        from device.appliance import daemon  # noqa: PLC0415 - loads OpenCV and the runtime: no other verb needs them

        daemon.run(settings, arguments.config)
    except Exception as error:
        leave_word(error)
        raise
    return 0
