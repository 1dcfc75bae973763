"""Forget what skips, and songs heard to their ends, have taught the box of your songs.

The history stays (mien history --clear), and so do the resting faces (mien calibrate --forget).
"""

import argparse

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say
from device.commands._parser import add_config_argument
from device.errors import GivenUpError, MienError, NotRunningError
from device.status.control_socket import ask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Forget it, through the daemon if it runs.

    :raises MienError: if that cannot be written.
    """
    paths = settings_to_ask_by(arguments.config).paths
    try:
        answer = ask(paths.control_socket, {"command": "forget_tastes"})
    except (NotRunningError, GivenUpError):  # the file's own rights decide
        from device.session.forgetting import as_owner_of  # noqa: PLC0415
        from device.session.taste_file import forget_in_file  # noqa: PLC0415 - loads numpy

        with as_owner_of(paths.taste_file.parent):
            count = forget_in_file(paths.taste_file)
    else:
        if trouble := answer["trouble"]:
            raise MienError(trouble["what"], mend=trouble["mend"])
        count = answer["forgotten"]
    of_songs = "1 song" if count == 1 else f"{count} songs"
    say(f"Forgotten: what was learnt of {of_songs}." if count else "Nothing was learnt yet.")
    return 0
