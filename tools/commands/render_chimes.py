"""Render the short sounds of the box again."""

import argparse

from device.commands._output import say
from tools.arguments import add_out


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_out(parser, "where the wav files go")


def run(arguments: argparse.Namespace) -> int:
    """Write the wav files and name them."""
    from tools.demo.chimes import write_chimes  # noqa: PLC0415 - loads numpy and soundfile

    for path in write_chimes(arguments.out):
        say(path)
    return 0
