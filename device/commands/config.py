"""Print the effective settings, what each means, and where it came from.

The output is a settings file itself: mien config > mien.toml.
"""

import argparse

from device.config import add_config_argument, configuration_lines, load_configuration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print every key."""
    print("\n".join(configuration_lines(load_configuration(arguments.config))))
    return 0
