"""Show past observations and the songs they led to: numbers and titles, never pictures; or clear them for good."""

import argparse
import sys
from pathlib import Path

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say, say_json
from device.commands._parser import add_config_argument
from device.errors import AccessError, ControlError, MienError
from device.status.control_socket import ask

_MORE_THAN_ARE_KEPT = 1_000_000
"""SQLite takes no number of any length."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument("--count", type=_count, default=20, help="how many, the newest first (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print them as JSON")
    parser.add_argument("--clear", action="store_true", help="remove all of them for good, once you have agreed")
    parser.add_argument("--yes", action="store_true", help="agree to --clear beforehand")


def run(arguments: argparse.Namespace) -> int:
    """Read the file beside the daemon, which need not run, and ask it for what it has not written yet."""
    paths = settings_to_ask_by(arguments.config).paths
    if arguments.clear:
        return clear(paths.history_file, paths.control_socket, agreed=arguments.yes)
    from device.session.history import read_history  # noqa: PLC0415 - loads numpy and SQLite, which --help does without
    from device.status.history_text import history_document, history_lines, with_unwritten  # noqa: PLC0415

    try:
        waiting = ask(paths.control_socket, {"command": "unwritten"})
    except (ControlError, AccessError):  # the file is there without a daemon
        waiting = {}
    entries = with_unwritten(read_history(paths.history_file, arguments.count), waiting)[: arguments.count]
    if arguments.json:
        say_json(history_document(entries))
    else:
        say(*history_lines(entries))
    return 0


def clear(history: Path, socket: Path, *, agreed: bool) -> int:
    """Remove every entry for good, through the daemon if it runs, so that it forgets them as well.

    :param agreed: whether to do it without a question.
    :raises MienError: if nobody is there to be asked, or the history cannot be cleared.
    """
    if not agreed and not _agrees():
        say("Nothing was removed.")
        return 1
    try:
        answer = ask(socket, {"command": "clear_history"})
    except ControlError:  # no daemon runs: the file's own rights decide
        from device.session.forgetting import as_owner_of, erase_history  # noqa: PLC0415 - loads SQLite

        with as_owner_of(history.parent):
            count = erase_history(history)
    else:
        if answer["trouble"]:
            raise MienError(answer["trouble"]["what"], mend=answer["trouble"]["mend"])
        count = answer["cleared"]
    say(f"Removed {count} entries for good." if count != 1 else "Removed 1 entry for good.")
    return 0


def _agrees() -> bool:
    if not sys.stdin.isatty():
        what = "mien history --clear asks first, and nobody is here to answer"
        raise MienError(what, mend="mien history --clear --yes")
    try:
        answer = input("Remove every past observation and song for good? [y/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in {"y", "yes"}


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        msg = "at least one"
        raise argparse.ArgumentTypeError(msg)
    return min(count, _MORE_THAN_ARE_KEPT)
