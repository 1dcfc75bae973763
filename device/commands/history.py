"""Show past observations and the songs they led to: numbers and titles, never pictures."""

import argparse

from device.commands._output import say, say_json
from device.commands._parser import add_config_argument
from device.settings.config_file import load_configuration

_MORE_THAN_ARE_KEPT = 1_000_000
"""SQLite takes no number of any length."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument("--count", type=_count, default=20, help="how many, the newest first (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print them as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Read the file beside the daemon, which need not run."""
    from device.session.history import read_history  # noqa: PLC0415 - loads numpy and SQLite, which --help does without
    from device.status.history_text import history_document, history_lines  # noqa: PLC0415

    entries = read_history(load_configuration(arguments.config).settings.paths.history_file, arguments.count)
    if arguments.json:
        say_json(history_document(entries))
    else:
        say(*history_lines(entries))
    return 0


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        msg = "at least one"
        raise argparse.ArgumentTypeError(msg)
    return min(count, _MORE_THAN_ARE_KEPT)
