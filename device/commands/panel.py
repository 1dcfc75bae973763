"""Put the LED out after a daemon that could not do so itself.

Takes the panel's lines and gives them back, which leaves every LED dark; refused while a daemon has them. The systemd
unit runs it whenever the daemon has ended, however it ended.
"""

import argparse

from device.config import add_config_argument, load_configuration
from device.panel import build_panel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument("action", choices=("off",), help="off: put the LED out")


def run(arguments: argparse.Namespace) -> int:
    """Take the panel and give it back.

    :raises PanelError: if a daemon has it.
    """
    build_panel(load_configuration(arguments.config).settings.panel).close()
    return 0
