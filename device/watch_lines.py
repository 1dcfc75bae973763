"""What ``mien watch`` shows of one status: the lines of a screen, or one line where there is no screen."""

from collections.abc import Iterator, Mapping
from typing import Any

from device.emotion.vectors import FACE_LABELS
from device.status.status import felt_line
from device.status.terminal_text import columns_of, wrap
from device.status.text import duration_text

Line = tuple[str, str]
"""A text and its style, in rich's words."""

_LABEL_COLUMNS = 11
_FIGURE_COLUMNS = 8
_WIDEST = 100
_STYLES = {"critical": "bold red", "warning": "yellow"}
_STATE_STYLES = {"fault": "bold red", "observing": "bold green", "playing": "bold cyan"}


def absent_lines(columns: int) -> list[Line]:
    """What is shown while no daemon answers."""
    text = "No mien daemon answers; waiting for it to come back. Start it: sudo systemctl start mien"
    return [*((line, "bold red") for line in wrap(text, columns, lines=3)), ("", ""), _KEYS]


def screen_lines(status: Mapping[str, Any], columns: int, *, bar: str = "█") -> list[Line]:
    """Return at most 23 lines: the state, what is wrong, bars by emotion, the pace, and the song.

    :param columns: the terminal's, at least 40.
    :param bar: the character that bars are made of.
    """
    columns = min(columns, _WIDEST)
    state = status["state"]
    head = f"mien  {state} for {duration_text(status['state_seconds'])}"
    light = f"LED {status['light']}"
    lines = [(f"{head}{light:>{max(columns - len(head), len(light) + 2)}}", _STATE_STYLES.get(state, "bold")), ("", "")]
    for problem in status["problems"][:2]:
        lines += [(text, _STYLES[problem["severity"]]) for text in wrap(problem["what"], columns, lines=1)]
        lines += [(f"→ {text}", "") for text in wrap(problem["mend"], columns - 2, lines=1)]
    lines += [(text, "") for text in (*_bars(status, columns, bar), "", *_footer(status, columns), "")]
    return [*lines, _KEYS]


def short_line(status: Mapping[str, Any]) -> str:
    """One line for a terminal that knows no screen."""
    watching = status["watching"]
    if watching:
        face = "face" if watching["face"] else "no face"
        return f"observing {int(watching['elapsed_seconds'])} s, {face}: {felt_line(watching['seconds'])}"
    words = [status["state"], *(problem["what"] for problem in status["problems"][:1])]
    if status["state"] == "playing":
        words.append(status["last_recommendation"]["reason"])
    return ": ".join(words)


def _bars(status: Mapping[str, Any], columns: int, bar: str) -> Iterator[str]:
    """One line for each emotion: how likely in the latest frame, and the seconds so far, or of the last observation."""
    watching = status["watching"]
    seen: Mapping[str, Any] = watching or status["last_observation"] or {}
    seconds, duration = seen.get("seconds", {}), seen.get("duration_seconds", 1.0)
    probabilities = (watching or {}).get("probabilities") or {}
    width = (columns - _LABEL_COLUMNS) // 2 - _FIGURE_COLUMNS
    field = width + _FIGURE_COLUMNS
    told = "seconds so far" if watching else "seconds last time"
    yield f"{'':<{_LABEL_COLUMNS}}{'this frame':<{field}}{told}"
    labels = [label for label in FACE_LABELS if label in seconds] or list(FACE_LABELS)
    for label in labels:
        likely, earned = probabilities.get(label), seconds.get(label)
        now = "" if likely is None else f"{likely:4.0%}  {bar * round(likely * (width - 1))}"
        total = "" if earned is None else f"{earned:4.1f}  {bar * round(min(earned / duration, 1) * (width - 1))}"
        yield f"{label:<{_LABEL_COLUMNS}}{now:<{field}}{total}".rstrip()


def _footer(status: Mapping[str, Any], columns: int) -> Iterator[str]:
    if watching := status["watching"]:
        face = "face found" if watching["face"] else "no face"
        told = f"{watching['elapsed_seconds']:.1f} of {watching['duration_seconds']:g} s, {face}"
        yield f"{told}, {watching['frames_per_second']:.1f} frames per second, {_light(watching)}"
        if watching["hint"]:
            yield wrap(watching["hint"], columns, lines=1)[0]
    elif observation := status["last_observation"]:
        told = f"last time: coverage {observation['coverage']:.0%}"
        yield f"{told}, {observation['frames_per_second']:.1f} frames per second"
    if status["notice"]:
        yield from wrap(status["notice"], columns, lines=2)
    if recommendation := status["last_recommendation"]:
        choice = recommendation["ranked"][recommendation["position"]]
        name = f"{choice['title']} — {choice['artist']}" if choice["artist"] else choice["title"]
        similarity = f", similarity {choice['similarity']:.2f}"
        said = "playing" if status["state"] == "playing" else "last song"
        yield f"{said}: {wrap(name, columns - columns_of(said + similarity) - 2, lines=1)[0]}{similarity}"


def _light(watching: Mapping[str, Any]) -> str:
    light = watching["light"]
    if watching["settling"]:
        return "the camera still settles"
    return f"light {light['word']}" + ("" if light["lux"] is None else f" ({light['lux']:.0f} lux)")


_KEYS: Line = ("q leaves", "dim")
