"""Ask every box of a fleet how it does, all at once, and print one line a box as they answer.

Boxes that do not answer hold nobody up. The exit code is 1 if a box is silent or something critical is wrong with it.
"""

import argparse

from device.commands._output import say, say_json
from tools.arguments import above_zero
from tools.fleet.arguments import add_fleet_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_fleet_arguments(parser)
    parser.add_argument(
        "--timeout", type=above_zero, default=10.0, metavar="S", help="seconds that a box has to answer (default: 10)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document at the end instead")


def run(arguments: argparse.Namespace) -> int:
    """Ask, and print.

    :raises MienError: if no box is named.
    """
    from tools.fleet.arguments import check_programs  # noqa: PLC0415 - pyinfra loads when a verb runs, not for help

    check_programs("ssh")
    from tools.fleet.inventory import open_fleet  # noqa: PLC0415
    from tools.fleet.results import count_line  # noqa: PLC0415
    from tools.fleet.status import Condition, look_at  # noqa: PLC0415

    with open_fleet(arguments, connect_seconds=arguments.timeout) as fleet:
        width = max(len(box.name) for box in fleet.boxes)
        seen = []
        for one in fleet.ask(lambda box: look_at(box, seconds=arguments.timeout), fleet.boxes):
            seen.append(one)
            if not arguments.json:
                say(one.line(width))
    if arguments.json:
        say_json([one.document() for one in seen])
    else:
        say(count_line(one.condition.value for one in seen))
    return 1 if any(one.condition in {Condition.CRITICAL, Condition.SILENT} for one in seen) else 0
