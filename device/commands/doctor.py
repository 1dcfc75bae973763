"""Check everything that a beginner gets wrong, and say how to mend it.

A daemon that runs looks at its own parts: through the camera, once, and at its sound card, lines, songs and folders.
Exits with 1 if anything needs mending. With --listen it plays a chime instead, and asks whether you heard it.
"""

import argparse
import sys
from typing import TYPE_CHECKING

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say, terminal_columns
from device.commands._parser import add_config_argument
from device.status.terminal_text import wrap

if TYPE_CHECKING:
    from device.settings.sections import Settings
    from device.status.problems import Finding

_UNWRAPPED = 10_000
"""For a file or another program."""
_NARROWEST = 40
_INDENT = 19
_MOST_LINES = 12
_YES = {"y", "yes", "j", "ja"}
_WHERE_TO_LOOK = (
    "1. speaker, amplifier or screen: on, its own volume up, this input chosen, the plug home",
    "2. the card's mixer: alsamixer (F6 chooses the card, M switches on), then sudo alsactl store",
    "3. the volume: mien volume tells it, mien volume +20 turns it up",
    "4. another card: aplay -l, then sudo mien config set sound.card NAME",
    "5. only its beginning was lost: sudo mien config set sound.lead_in_seconds 2",
    "After a change of the settings: sudo systemctl restart mien",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument("--listen", action="store_true", help="play a chime, and ask whether it was heard")


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each check."""
    from device.appliance.doctor import examine  # noqa: PLC0415 - loads every driver

    if arguments.listen:
        return _listen(settings_to_ask_by(arguments.config, warn=False))
    broken, columns = 0, terminal_columns() or _UNWRAPPED
    for finding in examine(settings_to_ask_by(arguments.config, warn=False)):
        broken += not finding.ok
        say(*finding_lines(finding, columns))
    say("All is well." if not broken else f"{broken} to mend.")
    return 1 if broken else 0


def _listen(settings: "Settings") -> int:
    """Play a chime; where a person is there, ask, and say what to look at if it was not heard."""
    from device.appliance.doctor import listen  # noqa: PLC0415 - loads every driver

    say(f"A chime was played: {listen(settings)}.")
    if not (sys.stdin and sys.stdin.isatty()):
        say("Whether it was heard, only somebody beside the box can say.")
        return 0
    say("Did you hear it, from its beginning? [y/n]")
    if sys.stdin.readline().strip().lower() in _YES:
        say("Then the sound is well.")
        return 0
    say("Then look at these, one after the other, and listen again after each:", *_WHERE_TO_LOOK)
    return 1


def finding_lines(finding: "Finding", columns: int) -> list[str]:
    """Say what was found in lines of at most so many columns (at least 40), the mend below it."""
    room = max(columns, _NARROWEST) - _INDENT
    first, *rest = wrap(finding.detail, room, lines=_MOST_LINES)
    lines = [f"{'ok  ' if finding.ok else 'MEND'}  {finding.check:<12} {first}"]
    lines += [f"{'':<{_INDENT}}{line}" for line in rest]
    mend = wrap(finding.mend, room - 2, lines=_MOST_LINES) if finding.mend else []
    return [*lines, *(f"{'':<{_INDENT}}{'  ' if row else '→ '}{line}" for row, line in enumerate(mend))]
