"""Show live what the daemon does and sees: state, probabilities and seconds by emotion. Space is the button, q leaves.

With --svg FILE: save what the screen shows now as a picture, and end.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say
from device.commands._parser import add_config_argument
from device.errors import ControlError
from device.status.control_socket import ask
from device.status.live_view import LineScreen, LiveScreen, Screen, keys, watch, write_picture


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--lines", action="store_true", help="print lines instead of a screen, as without a terminal")
    form.add_argument("--svg", type=Path, metavar="FILE", help="save one picture of the screen, and end")


def run(arguments: argparse.Namespace) -> int:
    """Watch until the person has seen enough, or for one picture."""
    socket = settings_to_ask_by(arguments.config).paths.control_socket
    if arguments.svg:
        write_picture(arguments.svg, ask(socket, {"command": "status"}))
        return 0
    watch_until(socket, lambda _: False, lines=arguments.lines)
    return 0


def watch_until(socket: Path, is_over: Callable[[Mapping[str, Any] | None], bool], *, lines: bool) -> None:
    """Watch until a status says that it is over, None if no daemon answers, or the person leaves."""
    try:
        with keys(lambda: _press_quietly(socket)) as pause, _screen_for(lines=lines) as screen:
            watch(socket, screen, pause, is_over)
    except KeyboardInterrupt:  # one of the usual ways to leave
        pass


@contextmanager
def _screen_for(*, lines: bool) -> Iterator[Screen]:
    """Give the whole terminal, or lines where they are wished for or there is no terminal that moves its cursor."""
    if lines or not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield LineScreen(say)
        return
    with LiveScreen() as screen:
        yield screen


def _press_quietly(socket: Path) -> None:
    """Press the button; what hinders it, the screen shows."""
    with suppress(ControlError):
        ask(socket, {"command": "press", "hold_seconds": 0.0})
