"""Bring a release, music or both to one box or a whole fleet, over SSH.

Every box says first what it lacks and what hinders it; then the canary gets it (the boxes of the inventory's group
"canary", else the first one), and once that is ready, the rest. After a failure no further box is begun. Only what
changed travels, what was interrupted goes on, and nothing is deleted without --delete. The exit code is 1 if a box did
not get what it should.
"""

import argparse
from pathlib import Path

from device.commands._output import say
from tools.fleet.arguments import add_change_arguments, add_fleet_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_fleet_arguments(parser)
    parser.add_argument("--release", type=Path, metavar="DIR", help="a packed release")
    parser.add_argument(
        "--music", type=Path, metavar="DIR", help="music: the songs that the release's table names, else the box's own"
    )
    parser.add_argument(
        "--delete",
        action="store_true",
        help="at last delete music that an earlier push brought and the table does not name (with --music), and "
        "releases of no more use",
    )
    parser.add_argument(
        "--allow-downgrade", action="store_true", help="where releases are signed, take an older one than the current"
    )
    add_change_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Plan, push, and print what became of every box.

    :raises MienError: if there is nothing to push, or no box to push to.
    """
    from tools.errors import FleetError  # noqa: PLC0415 - heavy libraries load when a verb runs, not for its help
    from tools.fleet.arguments import check_programs  # noqa: PLC0415
    from tools.fleet.push import load_contents  # noqa: PLC0415

    if arguments.release is None and arguments.music is None:
        what = "there is nothing to push"
        raise FleetError(what, mend="name a release with --release, music with --music, or both")
    check_programs("ssh", "rsync")
    from tools.fleet.inventory import open_fleet  # noqa: PLC0415
    from tools.fleet.push import Pushing  # noqa: PLC0415
    from tools.fleet.results import exit_code, summary_lines  # noqa: PLC0415
    from tools.fleet.rollout import roll_out  # noqa: PLC0415

    contents = load_contents(
        arguments.release, arguments.music, list_surplus=arguments.delete, allow_downgrade=arguments.allow_downgrade
    )
    for warning in contents.warnings():
        say(warning)
    pushing = Pushing(contents, delete=arguments.delete, patience_seconds=arguments.patience)
    with open_fleet(arguments) as fleet:
        results = roll_out(fleet, pushing.prepare, dry_run=arguments.dry_run, parallel=arguments.parallel, say=say)
    say("", *summary_lines(results))
    return exit_code(results)
