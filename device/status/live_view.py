"""The daemon seen live, for ``mien watch``: asks a few times a second over one connection, and shows what changed."""

import io
import os
import re
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from device.emotion.labels import FACE_LABELS
from device.errors import ControlError, MienError, NotRunningError
from device.files.atomic_files import write_whole
from device.files.untrusted import plain, printable
from device.observation.aiming import DRAWING_COLUMNS, Advice, FacePlace, advise, drawing
from device.recommendation.song import song_name
from device.status.control_socket import ControlClient
from device.status.terminal_text import columns_of, wrap
from device.status.text import duration_text, evening_text, felt_line, next_text, place_words, song_time

_QUICK_SECONDS = 0.25
"""Between two looks while something moves."""

_CALM_SECONDS = 0.5
_END_KEYS = frozenset("qQ\x04\x1b")  # Ctrl-D and Escape too

Status = Mapping[str, Any]
Line = tuple[str, str]
"""A text and its style, in rich's words."""

_LABEL_COLUMNS = 11
_FIGURE_COLUMNS = 8
_WIDEST = 100
_PICTURE_COLUMNS = 88
_FRAME_COLUMNS = DRAWING_COLUMNS + 4
"""What the frame with the face's place takes beside the bars, and the gap before it."""

_NARROWEST_FIELD = 5
_FEWEST_BAR_COLUMNS = 4  # where fewer are left, the figures stand alone
_STYLES = {"critical": "bold red", "warning": "yellow"}
_STATE_STYLES = {
    "fault": "bold red",
    "observing": "bold green",
    "aiming": "bold green",
    "calibrating": "bold green",
    "playing": "bold cyan",
}
_PRESS_KEYS = frozenset(" p")
_KEYS: Line = ("space presses the button, q leaves", "dim")


class Screen(Protocol):
    """Where it is shown."""

    def show(self, status: Status | None, why: str = "") -> None:
        """Show a status, or, with None, that no daemon answers, and why."""
        ...


class LiveScreen:
    """The whole terminal, redrawn by rich wherever a line has changed."""

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

    def show(self, status: Status | None, why: str = "") -> None:
        """Draw, unless nothing has changed."""
        from rich.text import Text  # noqa: PLC0415

        columns, rows = self._console.size
        lines = absent_lines(columns, why) if status is None else screen_lines(status, columns, bar=self._bar)
        lines = lines[:rows]
        if lines != self._shown:
            self._shown = lines
            styled = [(f"{printable(text)}\n", style) for text, style in lines[:-1]]
            self._live.update(Text.assemble(*styled, lines[-1], no_wrap=True), refresh=True)


class LineScreen:
    """A terminal that cannot move its cursor, or a file: a line whenever something else happens, or a second passed."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: object = ""

    def show(self, status: Status | None, why: str = "") -> None:
        """Say the line with the time of day, unless it was said already."""
        line = absent_lines(1000, why)[0][0] if status is None else short_line(status)
        watching = status and status["watching"]
        moment = int(watching["elapsed_seconds"]) if watching else line
        if moment != self._said:
            self._said = moment
            self._say(f"{time.strftime('%H:%M:%S')}  {line}")


def watch(
    socket: Path,
    screen: Screen,
    pause: Callable[[float], bool],
    is_over: Callable[[Status | None], bool] = lambda _: False,
) -> None:
    """Show the daemon's status until the person has seen enough; a daemon that ends is waited for.

    :param pause: waits so many seconds, and says whether to end.
    :param is_over: says of a status, None where no daemon answers, whether to end.
    :raises AccessError: if this user may not ask it.
    """
    client: ControlClient | None = None
    try:
        while True:
            try:
                client = client or ControlClient(socket)
                status: Status | None = client.ask({"command": "status"})
                why = ""
            except ControlError as error:
                if client:
                    client.close()
                client, status, why = None, None, "" if isinstance(error, NotRunningError) else str(error)
            screen.show(status, why)
            if is_over(status) or pause(_QUICK_SECONDS if status and status["watching"] else _CALM_SECONDS):
                return
    finally:
        if client:
            client.close()


@contextmanager
def keys(press: Callable[[], None]) -> Iterator[Callable[[float], bool]]:
    """Give a function that waits some seconds and says whether a key that ends was pressed meanwhile.

    Where no keyboard is attached, only the time passes. The terminal is left as it was found.

    :param press: called for each key that stands for the box's button.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        yield _sleep
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    try:
        yield lambda seconds: bool(select.select([descriptor], [], [], seconds)[0]) and _ends(descriptor, press)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def write_picture(path: Path, status: Status) -> None:
    """Write what the screen shows now as an SVG file, in one step.

    :raises MienError: if the file cannot be written.
    """
    try:
        write_whole(path, picture_of(status).encode())
    except OSError as error:
        what = f"{path}: the picture cannot be written ({error.strerror})"
        raise MienError(what, mend="name a file in a folder that you may write to") from error


def picture_of(status: Status) -> str:
    """Return what the screen shows as SVG; opening it asks nothing of a network."""
    from rich.console import Console  # noqa: PLC0415 - takes longer to load than most verbs take to run
    from rich.text import Text  # noqa: PLC0415

    console = Console(
        record=True,
        width=_PICTURE_COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
    )
    for text, style in screen_lines(status, _PICTURE_COLUMNS)[:-2]:  # without the keys, which a picture does not have
        console.print(Text(printable(text), style, no_wrap=True))
    # rich names a font on a server; without it a picture is drawn in the reader's own monospaced one.
    return re.sub(r"\s*@font-face \{.*?\}", "", console.export_svg(title="mien watch"), flags=re.DOTALL)


def absent_lines(columns: int, why: str = "") -> list[Line]:
    """What is shown while no daemon answers, and why if systemd says it."""
    text = "No mien daemon answers; waiting for it to come back. Start it: sudo systemctl start mien"
    return [*((line, "bold red") for line in wrap(why or text, columns, lines=6)), ("", ""), _KEYS]


def screen_lines(status: Status, columns: int, *, bar: str = "█") -> list[Line]:
    """Return at most 23 lines: the state, what is wrong, bars by emotion, the pace, and the song.

    During an observation the line under the state says where the face is, and beside the bars a frame shows it.

    :param columns: the terminal's, at least 40.
    :param bar: the character that bars are made of.
    """
    columns = min(columns, _WIDEST)
    state = status["state"]
    head = f"mien  {state} for {duration_text(status['state_seconds'])}"
    corner = _corner(status, columns - len(head) - 2)
    lines = [(f"{head}{corner:>{max(columns - len(head), len(corner) + 2)}}", _STATE_STYLES.get(state, "bold"))]
    advice = _advice(status["watching"])
    lines.append(("", "") if advice is None else (advice.value, "green" if advice is Advice.FINE else "yellow"))
    for problem in status["problems"][:2]:
        lines += [(text, _STYLES[problem["severity"]]) for text in wrap(problem["what"], columns, lines=1)]
        lines += [(f"→ {text}", "") for text in wrap(problem["mend"], columns - 2, lines=1)]
    lines += [(text, "") for text in (*_middle(status, columns, bar), "", *_footer(status, columns), "")]
    return [*lines, _KEYS]


def _corner(status: Status, room: int) -> str:
    """Say what the LED shows, and how loud it is where there is room and the daemon tells it."""
    light, volume = f"LED {status['light']}", status.get("volume")
    both = f"volume {volume['percent']} %, {light}" if volume else light
    return both if len(both) <= room else light


def short_line(status: Status) -> str:
    """One line for a terminal that knows no screen."""
    watching = status["watching"]
    if watching and status["state"] == "aiming":
        advice = _advice(watching)
        said = advice.value if advice else "the camera still settles"
        said = watching["hint"] if advice is Advice.TURNED else said  # which names the rotation
        return f"aiming {int(watching['elapsed_seconds'])} s: {said}"
    if watching:
        face = "face" if watching["face"] else "no face"
        said = f"{status['state']} {int(watching['elapsed_seconds'])} s, {face}: {felt_line(watching['seconds'])}"
        advice = _advice(watching)
        return said if advice in {None, Advice.FINE, Advice.NOBODY} else f"{said}; {advice.value}"
    words = [status["state"], *(problem["what"] for problem in status["problems"][:1])]
    if status["state"] == "playing":
        words.append(status["last_recommendation"]["reason"])
    return plain(": ".join(words))


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _ends(descriptor: int, press: Callable[[], None]) -> bool:
    pressed = os.read(descriptor, 100).decode(errors="replace")
    if pressed in _PRESS_KEYS:
        press()
    return not pressed or pressed in _END_KEYS


def _place(watching: Mapping[str, Any]) -> FacePlace | None:
    place = watching["place"]
    return FacePlace(place["x"], place["y"], place["width"], place["height"]) if place else None


def _advice(watching: Mapping[str, Any] | None) -> Advice | None:
    """What helps to be seen better; None while the camera settles, and from a daemon that does not tell the place."""
    if watching is None or "place" not in watching or watching["settling"]:
        return None
    upright = watching.get("rotation_needed") is None
    return advise(_place(watching), watching["light"]["word"], stands_upright=upright)


def _middle(status: Status, columns: int, bar: str) -> Iterator[str]:
    """The bars, and beside them the frame that shows where the face is, if there is one to show."""
    watching = status["watching"]
    if status["state"] == "aiming":
        yield from drawing(_place(watching) if watching else None, mark=bar)
        return
    if watching is None or "place" not in watching:
        yield from _bars(status, columns, bar)
        return
    left = list(_bars(status, columns - _FRAME_COLUMNS, bar))
    right = drawing(_place(watching), mark=bar)
    for text, framed in zip_longest(left, right, fillvalue=""):
        yield f"{text:<{columns - _FRAME_COLUMNS}}  {framed}".rstrip()


def _bars(status: Status, columns: int, bar: str) -> Iterator[str]:
    """One line for each emotion: how likely in the latest frame, and the seconds so far, or of the last observation."""
    watching = status["watching"]
    seen: Mapping[str, Any] = watching or status["last_observation"] or {}
    if not seen:
        yield "Nothing was seen yet: press the button, and this shows how the box reads a face."
        return
    seconds, duration = seen.get("seconds", {}), seen.get("duration_seconds", 1.0)
    probabilities = (watching or {}).get("probabilities") or {}
    field = max((columns - _LABEL_COLUMNS) // 2, _NARROWEST_FIELD)
    width = field - _FIGURE_COLUMNS if field >= _FIGURE_COLUMNS + _FEWEST_BAR_COLUMNS else 1  # which draws none
    told = "seconds so far" if watching else "seconds last time"
    heads = ("this frame", told) if width > 1 else ("now", "s")
    yield f"{'':<{_LABEL_COLUMNS}}{heads[0]:<{field}}{heads[1]}"
    labels = [label for label in FACE_LABELS if label in seconds] or list(FACE_LABELS)
    for label in labels:
        likely, earned = probabilities.get(label), seconds.get(label)
        now = "" if likely is None else f"{likely:4.0%}  {bar * round(likely * (width - 1))}".rstrip()
        total = "" if earned is None else f"{earned:4.1f}  {bar * round(min(earned / duration, 1) * (width - 1))}"
        yield f"{label:<{_LABEL_COLUMNS}}{now:<{field}}{total}".rstrip()


def _footer(status: Status, columns: int) -> Iterator[str]:
    if watching := status["watching"]:
        face = "face found" if watching["face"] else "no face"
        told = f"{watching['elapsed_seconds']:.1f} of {watching['duration_seconds']:g} s, {face}"
        yield f"{told}, {watching['frames_per_second']:.1f} frames per second, {_light(watching)}"
        if watching["hint"]:
            yield from wrap(watching["hint"], columns, lines=2)
    elif observation := status["last_observation"]:
        told = f"last time: coverage {observation['coverage']:.0%}"
        place = observation.get("plane_place")
        lies = f", {place_words(place)}" if place else f", {observation['frames_per_second']:.1f} frames per second"
        yield f"{told}{lies}"
    if status["notice"]:
        said, *rest = wrap(status["notice"], columns - 2, lines=2)
        yield from (said, *(f"  {line}" for line in rest))
    if recommendation := status["last_recommendation"]:
        choice = recommendation["ranked"][recommendation["position"]]
        name = song_name(choice["title"], choice["artist"])
        similarity = f", similarity {choice['similarity']:.2f}"
        said = "playing" if status["state"] == "playing" else "last song"
        similarity = f", {song_time(status)}" if said == "playing" else similarity
        yield f"{said}: {wrap(name, columns - columns_of(said + similarity) - 2, lines=1)[0]}{similarity}"
    if evening := evening_text(status):
        yield wrap(evening, columns, lines=1)[0]
    if following := next_text(status):
        yield wrap(f"next: {following}", columns, lines=1)[0]


def _light(watching: Mapping[str, Any]) -> str:
    light = watching["light"]
    if watching["settling"]:
        return "the camera still settles"
    return f"light {light['word']}" + ("" if light["lux"] is None else f" ({light['lux']:.0f} lux)")
