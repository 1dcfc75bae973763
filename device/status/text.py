"""A status document for a person: what is wrong first, on a terminal of 80 × 24."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from device.files.untrusted import plain
from device.observation.resting.names import LONGEST_NAME
from device.recommendation.song import song_name
from device.status.terminal_text import wrap

COLUMNS = 80
LINES = 23
"""A terminal's 24, less the one on which the shell asks for the next command."""

_INDENT = 11
_MOST_LINES_OF_A_PROBLEM = 3  # each for what is wrong and for what to do

_NOW = {
    "idle": "press the button to begin",
    "observing": "it reads your face; hold 1 s: cancel",
    "aiming": "somebody aims the camera; press: end",
    "calibrating": "it reads your face at rest; press: end",
    "recommending": "it looks for the nearest song",
    "playing": "press: next song, twice: look anew, hold 1 s: stop",
    "fault": "press to try again",
}
_SIGNS = {"critical": "WRONG", "warning": "warning"}
_SHOWN_SECONDS = 0.05  # less would be printed as 0.0


def status_lines(status: Mapping[str, Any]) -> list[str]:
    """Say it in at most :data:`LINES` lines of at most :data:`COLUMNS` characters."""
    facts = [line for label, text, most in _facts(status) for line in _entry(label, text, most)]
    return [*_problem_lines(status["problems"], LINES - len(facts)), *facts]


def duration_text(seconds: float) -> str:
    """Say a duration in its two largest units, such as ``2 h 5 min``."""
    whole = int(seconds)
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (whole % 60, "s")]
    first = next((place for place, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"


def felt_line(seconds: Mapping[str, float]) -> str:
    """Seconds by emotion in one line, the longest first, what would round to nothing left out."""
    felt = sorted(((label, value) for label, value in seconds.items() if value >= _SHOWN_SECONDS), key=lambda p: -p[1])
    return ", ".join(f"{label} {value:.1f} s" for label, value in felt) or "no expression"


def place_words(place: Mapping[str, Any]) -> str:
    """Say where something lies in the valence–arousal plane, such as ``valence +0.62, arousal +0.55, happy``."""
    return f"valence {place['valence']:+.2f}, arousal {place['arousal']:+.2f}, {place['mood']}"


def corrected_words(whose: str) -> str:
    """Say by whose resting face readings were corrected."""
    return f"corrected by {plain(whose, most=LONGEST_NAME)}'s resting face"


def observation_line(observation: Mapping[str, Any]) -> str:
    """One line about an observation: its place, the seconds by emotion, how much was seen, and how fast.

    An older daemon does not tell the place.
    """
    coverage, pace, place = observation["coverage"], observation["frames_per_second"], observation.get("plane_place")
    seen = f"{felt_line(observation['seconds'])} (coverage {coverage:.0%}, {pace:.1f} frames per second)"
    return f"{place_words(place)}: {seen}" if place else seen


def _resting(status: Mapping[str, Any]) -> str:
    """Say whose resting faces are kept, and since when; empty if there are none, and of a daemon that knows of none."""
    faces = status.get("resting", {}).get("faces", ())
    return ", ".join(map(_resting_words, faces))


def volume_text(status: Mapping[str, Any]) -> str:
    """Say how loud it is, and what the hours make of it; empty of a daemon that knows of no such.

    Such as ``45 %; quiet hours until 07:00; the music ends in 12 min``.
    """
    volume, hours = status.get("volume"), status.get("hours") or {}
    if not volume:
        return ""
    said = [f"{volume['percent']} %"]
    if hours.get("quiet"):
        said.append(f"quiet hours until {plain(hours['end'], most=5)}")
    elif hours.get("begin") and not hours.get("trouble"):
        said.append(f"quiet hours from {plain(hours['begin'], most=5)} (it is {plain(hours['now'], most=20)})")
    for key, what in (("sleep_in_seconds", "the music ends"), ("power_off_in_seconds", "the box shuts down")):
        if (seconds := hours.get(key)) is not None:
            said.append(f"{what} in {duration_text(seconds)}")
    return "; ".join(said)


def _resting_words(face: Mapping[str, Any]) -> str:
    unused = "" if face["in_force"] else " (not used)"
    return f"{plain(face['name'], most=LONGEST_NAME)} since {_local(face['at'])}{unused}"


def _local(moment: str) -> str:
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):  # whatever else a daemon says; the first and last days of all
        return plain(moment, most=25)


def evening_text(status: Mapping[str, Any]) -> str:
    """Say how far along the evening is, and where it leads; empty where nothing plays, and of an older daemon."""
    evening = status.get("programme")
    if evening is None or status["state"] != "playing":
        return ""
    told = [f"song {evening['songs_before'] + 1}"]
    if evening["after_song"] == "continue":
        told.append(f"{int(evening['seconds_in'] // 60)} of {evening['minutes']:g} min")
    if path := evening["path"]:
        mood, goal = plain(path["mood"], most=20), plain(evening["goal"], most=20)
        way = f"at {mood}" if path["is_there"] else f"{path['share']:.0%} of the way to {mood}"
        told.append(f"{goal}: song {path['song']} of {path['songs']} on the path, {way}")
    if evening["by_hand"]:
        told.append(f"asked for {plain(evening['asked_for'])}")
    return ", ".join(told)


def next_text(status: Mapping[str, Any]) -> str:
    """Say what follows the song that plays, and why; empty where nobody knows."""
    evening = status.get("programme")
    if evening is None or status["state"] != "playing" or not evening["knows_next"]:
        return ""
    following = evening["next"]
    if following is None:
        return "the music ends"
    name = plain(song_name(following["title"], following["artist"]))
    sought = f" to {plain(following['sought'])}" if evening["goal"] != "match" else ""
    why = f"; {plain(following['gave_way'][0])}" if following["gave_way"] else ""
    return f"{name}, similarity {following['similarity']:.2f}{sought}{why}"


def song_time(status: Mapping[str, Any]) -> str:
    """Say how long the song that plays has played, and how long it goes on."""
    song = _song(status)
    played, whole = status["state_seconds"], song.get("seconds", 0) if song else 0
    left = f" of {duration_text(whole)}, {duration_text(max(whole - played, 0))} left" if whole else ""
    return f"{duration_text(played)}{left}"


def _problem_lines(problems: Sequence[Mapping[str, str]], room: int) -> list[str]:
    """What is wrong and what to do, in ``room`` lines: shorter if need be, and at last with the end left out."""
    if not problems:
        return _entry("well", "nothing needs mending", 1)
    for most in range(_MOST_LINES_OF_A_PROBLEM, 0, -1):
        entries = [
            [*_entry(_SIGNS[problem["severity"]], problem["what"], most), *_entry("  mend", problem["mend"], most)]
            for problem in problems
        ]
        if sum(map(len, entries)) <= room:
            return [line for entry in entries for line in entry]
    shown = (room - 1) // 2
    left = f"{len(problems) - shown} more things are wrong: mien status --json"
    return [*(line for entry in entries[:shown] for line in entry), *_entry("", left, 1)]


def _facts(status: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Label, text, and the most lines that it may take; 20 lines at most."""
    state = status["state"]
    if state == "playing":
        yield "playing", _playing(status), 2
    yield from ((label, told, 1) for label, told in _ahead(status) if told)
    now = _NOW.get(state, "a newer mien knows what that is")
    yield "state", f"{state} for {duration_text(status['state_seconds'])} (LED {status['light']}): {now}", 2
    if status["notice"]:
        yield "notice", status["notice"], 2
    if status["hint"]:
        yield "hint", status["hint"], 2
    if state != "playing" and (song := _song(status)):
        yield "last song", f"{song_name(song['title'], song['artist'])}, similarity {song['similarity']:.2f}", 2
    if observation := status["last_observation"]:
        whose = observation.get("resting")
        by = f"{corrected_words(whose)}; " if whose else ""
        yield "last seen", f"{by}{observation_line(observation)}", 2  # what is cut off is the pace
    if resting := _resting(status):
        yield "resting", resting, 2
    songs, release = status["songs"], status["release"]
    yield "songs", f"{songs['loaded']} loaded, {songs['missing']} not in the music folder", 1
    versions = ", ".join(f"{part} {version}" for part, version in release["versions"].items())
    yield "release", f"{release['id']} ({versions})" if versions else release["id"], 1
    yield "camera", status["camera"], 1
    if button := _absent_button(status):
        yield "button", button, 1
    yield from _heard(status)
    if latencies := _latencies(status["latencies"]):
        yield "latency", latencies, 1
    if board := _board(status["board"]):
        yield "board", board, 1
    yield "uptime", duration_text(status["uptime_seconds"]), 1


def _heard(status: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    yield "sound", status["sound"], 1
    if volume := volume_text(status):
        yield "volume", volume, 1


def _ahead(status: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return ("evening", evening_text(status)), ("next", next_text(status))


def _song(status: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the song that plays, or played last."""
    recommendation = status["last_recommendation"]
    song: Mapping[str, Any] | None = recommendation and recommendation["ranked"][recommendation["position"]]
    return song


def _playing(status: Mapping[str, Any]) -> str:
    """Name the song that plays, how long it has, and how long it goes on."""
    song = _song(status)
    if song is None:
        return "a song"
    name = song_name(song["title"], song["artist"])
    return f"{name}: {song_time(status)}, similarity {song['similarity']:.2f}"


def _absent_button(status: Mapping[str, Any]) -> str:
    """Say that the machine has no button, if it has none."""
    found = (finding["what"] for finding in status.get("findings", ()) if finding["check"] == "button")
    return next((what for what in found if what.startswith("none")), "")


def _latencies(latencies: Mapping[str, float | None]) -> str:
    """Say when what followed the last press, as far as it did."""
    names = {"streaming": "camera", "first_credited": "first face", "first_sound": "music"}
    times = {said: latencies[f"press_to_{name}_seconds"] for name, said in names.items()}
    told = [f"{said} {seconds:.2f} s" for said, seconds in times.items() if seconds is not None]
    return f"from the press to: {', '.join(told)}" if told else ""


def _board(board: Mapping[str, Any]) -> str:
    told = []
    if "temperature_celsius" in board:
        told.append(f"{board['temperature_celsius']:.0f} °C")
    if "throttling_now" in board:
        told.append(", ".join(board["throttling_now"]) or "full speed")
    if board.get("throttling_since_boot"):
        told.append(f"since boot: {', '.join(board['throttling_since_boot'])}")
    return ", ".join(told)


def _entry(label: str, text: str, most: int) -> list[str]:
    """Set a label before a text of at most ``most`` lines, the last of which may end in dots."""
    wrapped = wrap(text, COLUMNS - _INDENT, lines=most)
    return [f"{label:<{_INDENT}}{wrapped[0]}".rstrip(), *(f"{'':<{_INDENT}}{line}" for line in wrapped[1:])]
