"""Following the daemon live: asks it a few times a second over one connection, and shows what changed."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from device.errors import ControlError
from device.status.control_socket import ControlClient
from device.watch_lines import Line, absent_lines, screen_lines, short_line

_QUICK_SECONDS = 0.25
"""Between two looks while something moves."""
_CALM_SECONDS = 0.5
_END_KEYS = frozenset("qQ\x04\x1b")  # Ctrl-D and Escape too

Status = Mapping[str, Any]


class Screen(Protocol):
    """Where it is shown."""

    def show(self, status: Status | None) -> None:
        """Show a status, or, with None, that no daemon answers."""
        ...


def watch(socket: Path, screen: Screen, pause: Callable[[float], bool]) -> None:
    """Show the daemon's status until the person has seen enough; a daemon that ends is waited for.

    :param pause: waits so many seconds, and says whether to end.
    """
    client: ControlClient | None = None
    try:
        while True:
            try:
                client = client or ControlClient(socket)
                status: Status | None = client.ask({"command": "status"})
            except ControlError:
                if client:
                    client.close()
                client, status = None, None
            screen.show(status)
            if pause(_QUICK_SECONDS if status and status["watching"] else _CALM_SECONDS):
                return
    finally:
        if client:
            client.close()


class LiveScreen:
    """The whole terminal, drawn anew by rich wherever a line has changed."""

    def __init__(self) -> None:
        """Prepare a screen; the terminal is taken on entering and given back on leaving."""
        from rich.console import Console  # noqa: PLC0415 - takes longer to load than most verbs take to run
        from rich.live import Live  # noqa: PLC0415

        self._console = Console()
        self._live = Live(console=self._console, screen=True, auto_refresh=False)
        self._bar = "█" if self._console.encoding.startswith("utf") else "#"
        self._shown: list[Line] = []

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, status: Status | None) -> None:
        """Draw, unless nothing has changed."""
        from rich.text import Text  # noqa: PLC0415

        columns, rows = self._console.size
        lines = absent_lines(columns) if status is None else screen_lines(status, columns, bar=self._bar)
        lines = lines[:rows]
        if lines != self._shown:
            self._shown = lines
            styled = [(f"{text}\n", style) for text, style in lines[:-1]]
            self._live.update(Text.assemble(*styled, lines[-1], no_wrap=True), refresh=True)


class LineScreen:
    """A terminal that cannot move its cursor, or a file: a line whenever something else happens, or a second passed."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: object = ""

    def show(self, status: Status | None) -> None:
        """Say the line with the time of day, unless it was said already."""
        line = absent_lines(1000)[0][0] if status is None else short_line(status)
        watching = status and status["watching"]
        moment = int(watching["elapsed_seconds"]) if watching else line
        if moment != self._said:
            self._said = moment
            self._say(f"{time.strftime('%H:%M:%S')}  {line}")


@contextmanager
def keys() -> Iterator[Callable[[float], bool]]:
    """Give a function that waits some seconds and says whether a key that ends was pressed meanwhile.

    Where no keyboard is attached, only the time passes. The terminal is left as it was found.
    """
    if not sys.stdin.isatty():
        yield _sleep
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    try:
        yield lambda seconds: bool(select.select([descriptor], [], [], seconds)[0]) and _ends(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _ends(descriptor: int) -> bool:
    pressed = os.read(descriptor, 100).decode(errors="replace")
    return not pressed or pressed in _END_KEYS
