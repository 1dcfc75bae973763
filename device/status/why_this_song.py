"""Why this song: what the face asked for, what the song has, and how much of the cosine each label made.

cosine = Σ face · song ÷ (|face| · |song|), with one term for each of the eight song labels. No term is negative, so
each tells how much of the nearness it made.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from device.files.untrusted import plain
from device.observation.resting.names import LONGEST_NAME
from device.recommendation.song import song_name
from device.status.terminal_text import wrap
from device.status.text import felt_line, place_words

_COLUMNS = 80
_LABEL_COLUMNS = 11
_FIGURE_COLUMNS = 8
_BAR_COLUMNS = (_COLUMNS - _LABEL_COLUMNS) // 3 - _FIGURE_COLUMNS - 1
_EIGHTHS = " ▏▎▍▌▋▊▉"
_BAR_WIDTH = 30
_HOW_SOUGHT = "A part is large where much was sought of what the song has much of."
_HOW = "A part is large where the face asks for much of what the song has much of."


def reason_document(
    recommendation: Mapping[str, Any], position: int, programme: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Reckon up one song of a ``last_recommendation`` of :mod:`device.status.status`.

    :param position: which of the ranked songs, from 0.
    :param programme: the evening, of the same status, if it has one.
    :returns: ``rank`` from 1, ``of`` how many, the song's ``id``, ``title``, ``artist`` and ``path``, the ``reason`` in
        words if it is the song that plays, the ``centre`` that the query is made around if it has one, and by label the
        ``face`` and the ``song`` in percent and the ``terms``, which sum to ``similarity``; ``lengths`` are the two
        vectors', ``passed_over`` the nearer songs that had played only recently, and ``resting`` whose resting face has
        corrected what was read, None for nobody's. ``learnt`` is what skips have taught of the song that plays,
        ``gave_way`` the rules that gave way for it, and ``sought`` what it was sought by, where that is not the face.
    :raises IndexError: if there is no such song.
    """
    choice = recommendation["ranked"][position]
    evening = programme if programme and position == recommendation["position"] else {}
    query, song = recommendation["query"], choice["vector"]
    total = sum(query.values())
    face = {label: 100 * share / total for label, share in query.items()}
    lengths = {"face": math.hypot(*face.values()), "song": math.hypot(*song.values())}
    product = lengths["face"] * lengths["song"]
    return {
        "rank": position + 1,
        "of": len(recommendation["ranked"]),
        **{key: choice[key] for key in ("id", "title", "artist", "path", "similarity")},
        "reason": recommendation["reason"] if position == recommendation["position"] else None,
        "centre": recommendation.get("centre"),
        "face": {label: round(share, 4) for label, share in face.items()},
        "song": dict(song),
        "terms": {label: round(face[label] * song[label] / product, 6) for label in face},
        "lengths": {name: round(length, 4) for name, length in lengths.items()},
        "passed_over": list(recommendation.get("passed_over", ())),
        "resting": recommendation.get("resting"),
        "learnt": evening.get("learnt"),
        "gave_way": list(evening.get("gave_way", ())),
        "sought": evening["sought"] if evening.get("by_hand") or evening.get("goal", "match") != "match" else "",
    }


def reason_lines(document: Mapping[str, Any]) -> list[str]:
    """Draw a document of :func:`reason_document` in lines of at most 80 columns.

    Of a song ``from_history`` no place among others is known.
    """
    name, *rest = wrap(song_name(document["title"], document["artist"]), _COLUMNS - 2, lines=2)
    head = [name, *(f"  {line}" for line in rest)]
    place = f"similarity {document['similarity']:.2f}"
    if not document.get("from_history"):
        place = f"number {document['rank']} of {document['of']}, {place}"
    words = wrap(document["reason"], _COLUMNS - 9, lines=3) if document["reason"] else []
    because = [f"{'because: ' if not row else ' ' * 9}{line}" for row, line in enumerate(words)]
    sought = document.get("sought")
    heads = ("was sought" if sought else "the face asks", "the song has", f"part of {document['similarity']:.2f}")
    titles = "".join(f"{title:<{_FIGURE_COLUMNS + _BAR_COLUMNS + 1}}" for title in heads)
    lines = [
        *head,
        place,
        *because,
        *([f"the face lies at {place_words(document['centre'])}"] if document.get("centre") else []),
        *_passed_over(document["passed_over"]),
        *_corrected(document.get("resting")),
        *_taught(document.get("learnt")),
        *(line for why in document.get("gave_way", ()) for line in wrap(f"although {why}", _COLUMNS, lines=1)),
        "",
        f"{'':<{_LABEL_COLUMNS}}{titles}".rstrip(),
    ]
    for label, term in document["terms"].items():
        shares = [document[vector][label] for vector in ("face", "song")]
        cells = [_cell(f"{share:5.1f} %", share / 100) for share in shares] + [_cell(f"{term:5.2f}", term)]
        lines.append(f"{label:<{_LABEL_COLUMNS}}{''.join(cells)}".rstrip())
    return [*lines, "", _HOW_SOUGHT if sought else _HOW]


def explanation_lines(
    observation: Mapping[str, Any], recommendation: Mapping[str, Any] | None, notice: str
) -> list[str]:
    """Explain the documents of an observation and its recommendation: seconds as bars, the ranked songs, and why."""
    duration = observation["duration_seconds"]
    lines = [f"Seconds of each emotion, of {duration:g}:"]
    for label, seconds in observation["seconds"].items():
        bar = "█" * round(_BAR_WIDTH * seconds / duration)
        lines.append(f"  {label:<10} {seconds:5.1f} s  {bar}")
    faces = f"a face in {observation['frames_with_face']} of {observation['frames']} frames"
    lines.append(
        f"Coverage {observation['coverage']:.0%}: {faces}, {observation['frames_per_second']:.1f} frames per second."
    )
    if place := observation.get("plane_place"):
        spread = f"spread {place['sigma_valence']:.2f} and {place['sigma_arousal']:.2f}"
        lines.append(f"Place by the probabilities: {place_words(place)}; {spread}.")
    if whose := observation.get("resting"):
        lines += _corrected(whose)
        lines += wrap(f"  without it: {felt_line(observation['uncorrected_seconds'])}", _COLUMNS, lines=1)
    lines.append("")
    if recommendation is None:
        return [*lines, f"No song: {plain(notice)}" if notice else "No song."]
    lines.append(f"The nearest {len(recommendation['ranked'])}:")
    for place, choice in enumerate(recommendation["ranked"], start=1):
        name = plain(song_name(choice["title"], choice["artist"]))
        lines.append(f"  {place}. {choice['similarity']:.3f}  {name}")
    why = reason_lines(reason_document(recommendation, recommendation["position"]))
    return [*lines, "", *why]


def _corrected(whose: str | None) -> list[str]:
    """Say by whose resting face what was read was corrected, in one line; nothing if by nobody's."""
    return [f"what was read was corrected by {plain(whose, most=LONGEST_NAME)}'s resting face"] if whose else []


def _taught(learnt: Mapping[str, Any] | None) -> list[str]:
    """Say in one line what skips, and plays to the end, have taught of a song; nothing if nothing."""
    if not learnt:
        return []
    times = f"{learnt['for']:.1f} times heard to its end, {learnt['against']:.1f} skipped"
    return wrap(
        f"what you taught for {plain(learnt['part'], most=20)}: {learnt['bonus']:+.2f} ({times})", _COLUMNS, lines=1
    )


def _passed_over(songs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say which nearer songs were left out, the best by its name."""
    if not songs:
        return []
    best = songs[0]
    one = len(songs) == 1
    many = "a nearer song was" if one else f"{len(songs)} nearer songs were"
    name = song_name(best["title"], best["artist"])
    told = f"{many} passed over as just played{'' if one else ', the best of them'}: {name} ({best['similarity']:.2f})"
    return wrap(told, _COLUMNS, lines=2)


def _cell(figure: str, share: float) -> str:
    """A figure and a bar for a share in [0, 1]."""
    return f"{figure:<{_FIGURE_COLUMNS}}{_bar(share):<{_BAR_COLUMNS}} "


def _bar(share: float) -> str:
    eighths = round(share * _BAR_COLUMNS * 8)
    return f"{'█' * (eighths // 8)}{_EIGHTHS[eighths % 8]}".rstrip()
