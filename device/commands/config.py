"""Print the effective settings, what each means, and where it came from.

With --template: the built-in defaults as a file to start from.
"""

import argparse

from device.commands._output import say
from device.commands._parser import add_config_argument
from device.settings.config_file import configuration_lines, load_configuration, template_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument("--template", action="store_true", help="print the built-in defaults, ready to be edited")


def run(arguments: argparse.Namespace) -> int:
    """Print every key."""
    lines = template_lines() if arguments.template else configuration_lines(load_configuration(arguments.config))
    say(*lines, most=None)
    return 0
