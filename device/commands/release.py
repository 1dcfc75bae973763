"""Show, verify, activate or roll back the releases on this box."""

import argparse
from pathlib import Path

from device.config import add_config_argument, load_configuration
from device.release import activate, active_release, list_releases, roll_back, verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    actions = parser.add_subparsers(title="actions", dest="action", required=True)
    actions.add_parser("list", help="name the releases present; a star marks the current one")
    actions.add_parser("verify", help="check the current release's files against its manifest")
    activation = actions.add_parser("activate", help="verify a release, try it out, and make it the current one")
    activation.add_argument("release_id", help="the name of its folder")
    actions.add_parser("rollback", help="make the previous release the current one again")


def run(arguments: argparse.Namespace) -> int:
    """Carry out one action on the folder that holds the current release."""
    current = load_configuration(arguments.config).settings.paths.release_folder
    releases = current.parent
    match arguments.action:
        case "list":
            active = active_release(releases)
            for release_id in list_releases(releases):
                print(f"{'*' if release_id == active else ' '} {release_id}")
        case "verify":
            manifest = verify(current)
            print(f"{manifest.release_id}: {len(manifest.files)} files, all whole")
        case "activate":
            manifest = activate(releases, arguments.release_id, trial=_trial)
            print(f"{manifest.release_id} is the current release; restart the daemon to use it")
        case "rollback":
            manifest = roll_back(releases, trial=_trial)
            print(f"{manifest.release_id} is the current release again; restart the daemon to use it")
    return 0


def _trial(folder: Path) -> None:
    from device.daemon import try_release  # noqa: PLC0415 - loads the runtime, which listing does without

    try_release(folder)
