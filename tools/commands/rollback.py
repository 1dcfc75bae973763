"""Take one box or a whole fleet back to the release before.

Like a push: every box's plan first, then the canary, then the rest, and no further box after a failure. A second
rollback returns to where the first began. The exit code is 1 if a box did not go back.
"""

import argparse

from device.commands._output import say
from tools.fleet.arguments import add_change_arguments, add_fleet_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_fleet_arguments(parser)
    add_change_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Plan, roll back, and print what became of every box.

    :raises MienError: if there is no box to take back.
    """
    from tools.fleet.arguments import check_programs  # noqa: PLC0415 - pyinfra loads when a verb runs, not for help

    check_programs("ssh")
    from tools.fleet.inventory import open_fleet  # noqa: PLC0415
    from tools.fleet.results import exit_code, summary_lines  # noqa: PLC0415
    from tools.fleet.rollback import RollingBack  # noqa: PLC0415
    from tools.fleet.rollout import roll_out  # noqa: PLC0415

    going = RollingBack(patience_seconds=arguments.patience)
    with open_fleet(arguments) as fleet:
        results = roll_out(fleet, going.prepare, dry_run=arguments.dry_run, parallel=arguments.parallel, say=say)
    say("", *summary_lines(results))
    return exit_code(results)
