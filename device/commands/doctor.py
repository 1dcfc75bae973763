"""Check everything that a beginner gets wrong, and say how to mend it.

Exits with 1 if anything needs mending.
"""

import argparse

from device.commands._output import say
from device.commands._parser import add_config_argument
from device.settings.config_file import load_configuration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each check."""
    from device.appliance.doctor import examine  # noqa: PLC0415 - loads every driver

    broken = 0
    for finding in examine(load_configuration(arguments.config).settings):
        say(f"{'ok  ' if finding.ok else 'MEND'}  {finding.check:<12} {finding.detail}")
        if not finding.ok:
            broken += 1
            say(f"      {'':<12} → {finding.mend}")
    say("All is well." if not broken else f"{broken} to mend.")
    return 1 if broken else 0
