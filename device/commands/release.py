"""List, verify, plan, take in, activate, roll back and clear away the releases on this box.

A release is a folder of models and song table. After activate and rollback the daemon uses it from its next start on;
if it does not become ready with it, the box goes back by itself.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import wrap

from device.commands._output import say, say_json
from device.commands._parser import add_config_argument
from device.errors import ConfigurationError, ReleaseError
from device.releases.auto_rollback import notice_of, roll_back_if_due
from device.releases.journal import CURRENT
from device.releases.listing import list_releases, release_notice
from device.releases.push_protocol import take_offer
from device.releases.store import ReleaseStore, Trial
from device.settings.config_file import load_configuration
from device.settings.sections import Settings

_READABLE = 0o022
"""The umask: root often has a tighter one, as the unit that settles has, and the daemon's user must read a release."""

_RESTART = "restart the daemon to use it: sudo systemctl restart mien"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = _add(
        actions, "list", _list, "name the releases present and say what each is; a star marks the current one"
    )
    listing.add_argument("--json", action="store_true", help="print a JSON document")
    verifying = _add(actions, "verify", _verify, "check a release's files, and its signature if the box asks for one")
    verifying.add_argument(
        "release",
        nargs="?",
        metavar="ID|FOLDER",
        help="an id, or a folder written with a slash (default: the current one)",
    )
    _add(actions, "plan", _plan, "answer an offer on standard input: what a push would change, and what hinders it")
    staging = _add(actions, "stage", _stage, "copy a release from a folder into its place; nothing uses it yet")
    staging.add_argument("release", type=Path, metavar="FOLDER", help="the release's folder")
    activating = _add(actions, "activate", _activate, "verify a release, try it out, and make it the current one")
    activating.add_argument(
        "release", nargs="?", metavar="ID|FOLDER", help="a folder, written with a slash, is staged first"
    )
    activating.add_argument(
        "--allow-downgrade", action="store_true", help="where releases are signed, take an older one than the current"
    )
    _add(actions, "rollback", _rollback, "return to the previous release")
    _add(actions, "settle", _settle, "go back if the daemon did not become ready; the unit calls it before every start")
    collecting = _add(actions, "collect", _collect, "remove releases that no longer serve, and leftovers")
    collecting.add_argument("--keep", type=int, default=1, metavar="N", help="staged releases that stay (default: 1)")


def run(arguments: argparse.Namespace) -> int:
    """Carry out one action on the folder that holds the current release.

    :raises MienError: if a release is incomplete, not trusted, does not work here, or is not named.
    """
    os.umask(_READABLE)
    carry_out: Callable[[argparse.Namespace, Settings], None] = arguments.carry_out
    carry_out(arguments, load_configuration(arguments.config).settings)
    return 0


def _list(arguments: argparse.Namespace, settings: Settings) -> None:
    store = _store(settings)
    releases, notice = list_releases(store), release_notice(store)
    if arguments.json:
        say_json({"releases": [release.document() for release in releases], "notice": notice})
        return
    columns = shutil.get_terminal_size().columns
    for release in releases:
        for line in release.lines():
            say(*wrap(line, columns, subsequent_indent="    "))
    if notice:
        say(f"the box {notice}")


def _verify(arguments: argparse.Namespace, settings: Settings) -> None:
    folder = settings.paths.release_folder
    if arguments.release:
        folder = Path(arguments.release) if _is_folder(arguments.release) else folder.parent / arguments.release
    manifest = ReleaseStore(folder.parent, settings.paths.state_folder, _signers(settings)).check(folder)
    say(f"{manifest.release_id}: {len(manifest.files)} files, all whole")


def _plan(_arguments: argparse.Namespace, settings: Settings) -> None:
    from device.releases.push_plan import plan  # noqa: PLC0415 - loads numpy and SQLite; settle runs at every boot

    offer = take_offer(sys.stdin.buffer)
    say(plan(offer, _store(settings), settings.paths.music_folder).text(), most=None)


def _stage(arguments: argparse.Namespace, settings: Settings) -> None:
    manifest = _store(settings).stage(arguments.release)
    say(f"{manifest.release_id} is staged; mien release activate {manifest.release_id} makes it the current one")


def _activate(arguments: argparse.Namespace, settings: Settings) -> None:
    store = _store(settings)
    release_id = arguments.release
    if release_id is None:
        what = "no release is named"
        raise ReleaseError(what, mend="name one of: " + ", ".join(store.release_ids()))
    if _is_folder(release_id):
        release_id = store.stage(Path(release_id)).release_id
    manifest = store.activate(release_id, trial=_trial(settings), allow_downgrade=arguments.allow_downgrade)
    say(f"{manifest.release_id} is the current release; {_RESTART}")


def _rollback(_arguments: argparse.Namespace, settings: Settings) -> None:
    manifest = _store(settings).roll_back(trial=_trial(settings))
    say(f"{manifest.release_id} is the current release again; {_RESTART}")


def _settle(_arguments: argparse.Namespace, settings: Settings) -> None:
    paths = settings.paths
    returned = roll_back_if_due(paths.release_folder, paths.state_folder, _signers(settings))
    if returned:
        say(f"the box {notice_of(returned)}")


def _collect(arguments: argparse.Namespace, settings: Settings) -> None:
    removed = _store(settings).collect(keep=max(arguments.keep, 0))
    say(f"removed {', '.join(removed)}" if removed else "nothing to remove")


def _add(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    carry_out: Callable[[argparse.Namespace, Settings], None],
    sentence: str,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=sentence, description=sentence)
    add_config_argument(parser)
    parser.set_defaults(carry_out=carry_out)
    return parser


def _store(settings: Settings) -> ReleaseStore:
    current = settings.paths.release_folder
    if current.name != CURRENT:
        what = f"[paths] release_folder is {current}, which is one release and no place for several"
        raise ConfigurationError(what, mend=f"let it end in /{CURRENT}, the link that mien release activate makes")
    return ReleaseStore(current.parent, settings.paths.state_folder, _signers(settings))


def _signers(settings: Settings) -> Path | None:
    signers = settings.release.signers
    if signers and not signers.is_absolute():
        what = f"[release] allowed_signers is {str(signers)!r}, not an absolute path"
        raise ConfigurationError(what, mend="write it from the root on: /etc/mien/allowed_signers say")
    return signers


def _is_folder(release: str) -> bool:
    """Whether a release is named by its folder rather than by its id."""
    return "/" in release or release in {".", ".."}


def _trial(settings: Settings) -> Trial:
    from device.appliance.release_trial import try_release  # noqa: PLC0415 - listing and settling do without

    return lambda folder: try_release(folder, settings)
