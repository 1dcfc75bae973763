"""Show, verify, activate or roll back the releases on this box."""

import argparse
from pathlib import Path

from device.config import add_config_argument, load_configuration
from device.errors import ReleaseError
from device.release import activate, active_release, list_releases, roll_back, verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument(
        "action",
        choices=("list", "verify", "activate", "rollback"),
        help="list: name the releases present, a star marks the current one; verify: check the current one's files; "
        "activate: verify a release, try it out and make it the current one; rollback: return to the previous one",
    )
    parser.add_argument("release_id", nargs="?", help="for activate: the name of the release's folder")


def run(arguments: argparse.Namespace) -> int:
    """Carry out one action on the folder that holds the current release.

    :raises ReleaseError: if a release is incomplete, does not work here, or is not named.
    """
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
            if arguments.release_id is None:
                what = "no release is named"
                raise ReleaseError(what, mend="name one of: " + ", ".join(list_releases(releases)))
            manifest = activate(releases, arguments.release_id, trial=_trial)
            print(f"{manifest.release_id} is the current release; restart the daemon to use it")
        case "rollback":
            manifest = roll_back(releases, trial=_trial)
            print(f"{manifest.release_id} is the current release again; restart the daemon to use it")
    return 0


def _trial(folder: Path) -> None:
    from device.daemon import try_release  # noqa: PLC0415 - loads the runtime, which listing does without

    try_release(folder)
