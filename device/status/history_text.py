"""Past observations, for a person and for a program."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from device.emotion.vectors import octant_of
from device.files.untrusted import plain
from device.observation.plane_place import MeanPlace
from device.session.history import HistoryEntry
from device.status.terminal_text import wrap
from device.status.text import felt_line

SCHEMA_VERSION = 1
"""Rises whenever a key goes or changes its meaning."""

_COLUMNS = 80
_INDENT = "    "


def history_document(entries: Sequence[HistoryEntry]) -> dict[str, Any]:
    """What ``mien history --json`` prints: ``schema`` and ``entries``, newest first.

    An entry has ``at`` (ISO 8601, UTC), ``seconds`` by face label, ``coverage`` (0–1), and ``song_id``, ``song`` and
    ``similarity``, which are null, empty and null where no song followed; and ``place``, the mean ``valence`` and
    ``arousal`` (-1 to 1) by the probabilities with their standard deviations ``sigma_valence`` and ``sigma_arousal``,
    which is null where nothing was seen and in entries of boxes that did not keep it; ``corrected``, whether a
    resting face has corrected what was read; ``asked``, what was asked for where nobody was looked at, else empty; and
    ``ended``: ended, skipped, faded or failed, empty while the song plays and in entries of boxes that did not keep it.
    """
    return {
        "schema": SCHEMA_VERSION,
        "entries": [
            {
                "at": entry.at.isoformat(),
                "seconds": entry.seconds,
                "coverage": round(entry.coverage, 4),
                "song_id": entry.song_id,
                "song": entry.song,
                "similarity": None if entry.similarity is None else round(entry.similarity, 4),
                "place": None if entry.place is None else asdict(entry.place),
                "corrected": entry.corrected,
                "asked": entry.asked,
                "ended": entry.ended,
            }
            for entry in entries
        ],
    }


def with_unwritten(entries: Sequence[HistoryEntry], answer: Mapping[str, Any]) -> list[HistoryEntry]:
    """Put before the entries of the file, newest first, those that a daemon has not written yet.

    :param answer: what the daemon answered, before the file was read: :func:`history_document` of what waits, and under
        ``endings`` how songs ended of which the file may not say it yet. What is no such document adds nothing.
    """
    try:
        waiting = [
            HistoryEntry(
                datetime.fromisoformat(entry["at"]),
                {str(label): float(seconds) for label, seconds in entry["seconds"].items()},
                float(entry["coverage"]),
                None if entry["song_id"] is None else int(entry["song_id"]),
                str(entry["song"]),
                None if entry["similarity"] is None else float(entry["similarity"]),
                _place(entry.get("place")),
                entry.get("corrected") is True,
                str(entry.get("asked", "")),
                str(entry.get("ended", "")),
            )
            for entry in answer["entries"]
        ]
        endings = {
            (datetime.fromisoformat(ending["at"]), int(ending["song_id"])): str(ending["ended"])
            for ending in answer.get("endings", ())
        }
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        waiting, endings = [], {}
    written = {(entry.at, entry.song_id) for entry in entries}
    told = [
        replace(entry, ended=entry.ended or endings.get((entry.at, entry.song_id or 0), ""))  # no song has ended
        for entry in entries
    ]
    return [*(entry for entry in waiting if (entry.at, entry.song_id) not in written), *told]


def history_lines(entries: Sequence[HistoryEntry]) -> list[str]:
    """Two lines an entry, of at most 80 columns: when and what was seen, the mood that it lies in, and the song."""
    if not entries:
        return ["Nothing was observed yet."]
    return [line for entry in entries for line in _lines(entry)]


def _lines(entry: HistoryEntry) -> Iterator[str]:
    when = entry.at.astimezone().strftime("%Y-%m-%d %H:%M")
    mood = f", {octant_of(entry.place.valence, entry.place.arousal)}" if entry.place else ""
    mood += ", corrected" if entry.corrected else ""
    seen = f"asked for {plain(entry.asked)}" if entry.asked else f"seen {entry.coverage:.0%}{mood}"
    felt = "" if entry.asked else f": {felt_line(entry.seconds)}"
    yield wrap(f"{when} {seen}{felt}", _COLUMNS, lines=1)[0]
    if entry.similarity is None:
        yield f"{_INDENT}→ no song"
        return
    ended = f", {plain(entry.ended, most=20)}" if entry.ended else ""
    similarity = f", similarity {entry.similarity:.2f}{ended}"
    room = _COLUMNS - len(_INDENT) - len("→ ") - len(similarity)
    yield f"{_INDENT}→ {wrap(plain(entry.song), room, lines=1)[0]}{similarity}"


def _place(told: Mapping[str, Any] | None) -> MeanPlace | None:
    return MeanPlace(**{name: float(value) for name, value in told.items()}) if told else None
