"""The status as Prometheus metrics, in the text format that node_exporter's textfile collector reads.

By hand: prometheus_client loads http.server, ssl and urllib, which nothing on the box may, and adds 8 MB.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.errors import MienError
from device.files.atomic_files import write_whole
from device.files.untrusted import LONGEST_LINE, printable
from device.session.states import Cause, State
from device.status.problems import THROTTLING_REASONS, Severity

_Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric family: its values by labels, in base units (seconds, ratios, degrees Celsius)."""

    name: str
    kind: str
    about: str
    values: tuple[tuple[_Labels, float], ...]

    def lines(self) -> Iterator[str]:
        """Help, type, and a line for each value."""
        yield f"# HELP {self.name} {_escaped(self.about)}"
        yield f"# TYPE {self.name} {self.kind}"
        for labels, value in self.values:
            named = ",".join(f'{name}="{_escaped(text, quotes=True)}"' for name, text in labels)
            yield f"{self.name}{{{named}}} {value:.10g}" if named else f"{self.name} {value:.10g}"


def metrics_text(status: Mapping[str, Any] | None) -> str:
    """Return all metrics of a status; of none, a daemon that did not answer, that alone.

    Songs' names are left out: what somebody heard belongs into no monitoring.
    """
    families = [_one("mien_up", "Whether the daemon answers.", float(status is not None))]
    if status is not None:
        families += [*_of_the_moment(status), *_of_the_last_observation(status), *_of_the_board(status["board"])]
    return "".join(f"{line}\n" for family in families for line in family.lines())


def write_metrics(path: Path, text: str) -> None:
    """Put a file in place at once, so that a collector never reads half of one.

    :raises MienError: if the folder cannot be written.
    """
    clean = "\n".join(printable(line, most=None) for line in text.split("\n"))
    try:
        write_whole(path, clean, shared=True, lasting=False, mode=0o644)  # the collector is another user
    except OSError as error:
        what = f"{path}: the metrics cannot be written ({error.strerror or error})"
        raise MienError(what, mend="name a file in a folder that this user can write to") from error


def _of_the_moment(status: Mapping[str, Any]) -> Iterator[Metric]:
    release, songs, fault, history = status["release"], status["songs"], status["fault"], status["history"]
    yield _by_label("mien_release_info", "The release in use.", "release", [(release["id"], 1)])
    parts = tuple(((("part", part), ("version", str(version))), 1.0) for part, version in release["versions"].items())
    if parts:
        yield Metric("mien_release_part_info", "gauge", "The versions of its parts.", parts)
    yield _one_of("mien_state", "What the box is doing.", "state", [s.value for s in State], {status["state"]})
    yield _one_of("mien_fault", "What a fault lies in.", "cause", [c.value for c in Cause], {fault and fault["cause"]})
    counts = [(s.value, sum(p["severity"] == s.value for p in status["problems"])) for s in Severity]
    yield _by_label("mien_problems", "Things that are wrong.", "severity", counts)
    yield _one("mien_uptime_seconds", "Time since the daemon was started.", status["uptime_seconds"])
    about = "Observations begun since the daemon was started."
    yield _one("mien_observations_total", about, status["observations"], kind="counter")
    yield _one("mien_songs_loaded", "Songs that can play.", songs["loaded"])
    yield _one("mien_songs_missing", "Songs of the table whose file is not there.", songs["missing"])
    yield _one("mien_history_trouble", "Whether what was played cannot be remembered now.", bool(history["trouble"]))
    yield _one("mien_history_set_aside", "Whether a damaged history was set aside.", bool(history["set_aside"]))


def _of_the_last_observation(status: Mapping[str, Any]) -> Iterator[Metric]:
    if observation := status["last_observation"]:
        about = "Time credited to each emotion in the last observation."
        yield _by_label("mien_last_observation_seconds", about, "emotion", observation["seconds"].items())
        about = "Share of the last observation in which an expression was read."
        yield _one("mien_last_observation_coverage_ratio", about, observation["coverage"])
        about = "Frames looked at each second in the last observation."
        yield _one("mien_last_observation_frames_per_second", about, observation["frames_per_second"])
    if recommendation := status["last_recommendation"]:
        similarity = recommendation["ranked"][recommendation["position"]]["similarity"]
        yield _one("mien_last_song_similarity_ratio", "Cosine similarity of the last song with its query.", similarity)
    reached = {name.removeprefix("press_to_").removesuffix("_seconds"): t for name, t in status["latencies"].items()}
    times = [(moment, seconds) for moment, seconds in reached.items() if seconds is not None]
    if times:
        yield _by_label("mien_press_to_seconds", "Time from the last press to each moment after it.", "moment", times)


def _of_the_board(board: Mapping[str, Any]) -> Iterator[Metric]:
    if "temperature_celsius" in board:
        yield _one("mien_board_temperature_celsius", "The processor's temperature.", board["temperature_celsius"])
    values: list[tuple[_Labels, float]] = []
    for when in ("now", "since_boot"):
        if f"throttling_{when}" in board:
            values += [((("reason", r), ("when", when)), r in board[f"throttling_{when}"]) for r in THROTTLING_REASONS]
    if values:
        yield Metric("mien_board_throttling", "gauge", "What slows the processor down.", tuple(values))


def _one(name: str, about: str, value: float, *, kind: str = "gauge") -> Metric:
    return Metric(name, kind, about, (((), value),))


def _by_label(name: str, about: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    return Metric(name, "gauge", about, tuple((((label, text),), value) for text, value in values))


def _one_of(name: str, about: str, label: str, choices: Iterable[str], chosen: Iterable[str | None]) -> Metric:
    """1 for what holds, 0 for everything else, so that nothing vanishes from a graph."""
    return _by_label(name, about, label, [(choice, float(choice in chosen)) for choice in choices])


def _escaped(text: str, *, quotes: bool = False) -> str:
    escaped = text[:LONGEST_LINE].replace("\\", r"\\").replace("\n", r"\n")
    return escaped.replace('"', r"\"") if quotes else escaped
