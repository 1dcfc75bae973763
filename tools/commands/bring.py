"""Bring your music to a box in one go: listen to it, report, pack, show the plan, ask, and push.

It begins with the login, and ends with what the box does now. Each step is a verb of its own too: analyse, report,
pack-release, push. What they make is kept in a folder of this library's own, which is named: the same command goes on
where it was stopped, and later listens to, packs and sends only what is new.
"""

import argparse
from pathlib import Path

from device.commands._output import say
from tools.arguments import add_least_seconds, add_model
from tools.fleet.arguments import add_change_arguments, add_fleet_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("music", type=Path, metavar="FOLDER", help="your music")
    add_fleet_arguments(parser)
    parser.add_argument("--yes", action="store_true", help="send without asking first")
    parser.add_argument(
        "--id", dest="release_id", metavar="ID", help="the release's name (default: today, as 2026.11.20)"
    )
    parser.add_argument("--sign", type=Path, metavar="KEY", help="sign the release with this SSH key")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep table, report and release here between runs (default: below ~/.local/share/mien)",
    )
    add_model(parser, "music")
    add_least_seconds(parser)
    add_change_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Bring the music; return 0 if every box has what it should have, else 1.

    :raises MienError: if a step fails.
    :raises KeyboardInterrupt: on Ctrl-C.
    """
    from tools.fleet.arguments import check_programs  # noqa: PLC0415 - heavy libraries load when a verb runs, not for help

    check_programs("ssh", "rsync")
    from tools.fleet.inventory import open_fleet  # noqa: PLC0415 - patches the standard library, so before all else
    from tools.releases.bringing import Bringing, refuse_to_guess  # noqa: PLC0415
    from tools.releases.kept import Kept  # noqa: PLC0415

    refuse_to_guess(arguments)
    kept = Kept(arguments.keep.absolute()) if arguments.keep else Kept.of(arguments.music)
    try:
        with open_fleet(arguments) as fleet:
            return Bringing(arguments, kept, say).carry_out(fleet)
    except KeyboardInterrupt:
        done = f"What is done so far is kept in {kept.folder}; " if kept.folder.exists() else "Nothing was changed; "
        say(f"{done}give the same command again.")
        raise
