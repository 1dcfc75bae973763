"""Check everything that a beginner gets wrong, and say how to mend it.

A daemon that runs looks at its own parts: through the camera, once, and at its sound card, lines, songs and folders.
Exits with 1 if anything needs mending.
"""

import argparse
from typing import TYPE_CHECKING

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say, terminal_columns
from device.commands._parser import add_config_argument
from device.status.terminal_text import wrap

if TYPE_CHECKING:
    from device.status.problems import Finding

_UNWRAPPED = 10_000
"""For a file or another program."""
_NARROWEST = 40
_INDENT = 19
_MOST_LINES = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each check."""
    from device.appliance.doctor import examine  # noqa: PLC0415 - loads every driver

    broken, columns = 0, terminal_columns() or _UNWRAPPED
    for finding in examine(settings_to_ask_by(arguments.config, warn=False)):
        broken += not finding.ok
        say(*finding_lines(finding, columns))
    say("All is well." if not broken else f"{broken} to mend.")
    return 1 if broken else 0


def finding_lines(finding: "Finding", columns: int) -> list[str]:
    """Say what was found in lines of at most so many columns (at least 40), the mend below it."""
    room = max(columns, _NARROWEST) - _INDENT
    first, *rest = wrap(finding.detail, room, lines=_MOST_LINES)
    lines = [f"{'ok  ' if finding.ok else 'MEND'}  {finding.check:<12} {first}"]
    lines += [f"{'':<{_INDENT}}{line}" for line in rest]
    mend = wrap(finding.mend, room - 2, lines=_MOST_LINES) if finding.mend else []
    return [*lines, *(f"{'':<{_INDENT}}{'  ' if row else '→ '}{line}" for row, line in enumerate(mend))]
