"""Why the history's last song was chosen, reckoned up again: for a daemon that was restarted since, or is gone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.errors import ControlError, MienError
from device.observation.observation import Observation
from device.recommendation.query import EmotionQuery
from device.recommendation.ranking import cosine_similarities
from device.recommendation.recommendation import RankedSong, Recommendation
from device.recommendation.song import Song, song_name
from device.recommendation.song_table import SongTable, read_song_table
from device.recommendation.wish import alike, mood
from device.releases.manifest import SONG_TABLE
from device.session.history import LONGEST_NAME, HistoryEntry, read_history
from device.settings.sections import Settings
from device.status.status import describe_recommendation
from device.status.why_this_song import reason_document

_LOOKED_BACK = 100
"""Entries of the history in which a song is looked for."""

_TOLERATED = 0.005
"""A similarity that differs by less is the same one: places and vectors are kept rounded."""


def past_reason_document(settings: Settings) -> dict[str, Any]:
    """Reckon up the last song that the history names, by the release and the settings of now.

    :returns: a document of :func:`reason_document`, as ``from_history`` when the song was chosen, ISO 8601, and as
        ``note`` what the history does not say of it: a song on the way to a goal was sought by another place than the
        face's, which is not kept. Then ``similarity`` is what face and song come to, and the note has the other.
    :raises ControlError: if it names none, or one that the release no longer knows.
    :raises MienError: if the history or the song table cannot be read.
    """
    entries = read_history(settings.paths.history_file, _LOOKED_BACK)
    wanted = (entry for entry in entries if entry.song_id is not None and (entry.asked or any(entry.seconds.values())))
    entry = next(wanted, None)
    if entry is None or entry.song_id is None:
        what = "no song was chosen since the daemon was started, and the history names none"
        raise ControlError(what, mend="press the button, or: mien observe")
    table = read_song_table(settings.paths.release_folder / SONG_TABLE)
    named = [song for song in table.at(table.index.rows_of([entry.song_id])) if song.name[:LONGEST_NAME] == entry.song]
    if not named or not entry.seconds.keys() <= settings.places.keys():
        what = f"the history's last song, {entry.song}, was chosen with another release"
        raise ControlError(what, mend="press the button, or: mien observe")
    asked = _asked_for(entry, settings, table, named[0]) if entry.asked else _seen(entry, settings, named[0])
    similarity, note = asked.ranked[0].similarity, ""
    if entry.similarity is not None and abs(entry.similarity - similarity) > _TOLERATED:
        by = "what was asked for" if entry.asked else "the face"
        note = (
            f"When it was chosen its similarity was {entry.similarity:.2f}: it was sought on the way to a goal, or by "
            f"other settings, which the history does not keep. What follows compares it with {by}."
        )
    document = reason_document(describe_recommendation(asked, 0), 0)
    return {**document, "sought": entry.asked, "from_history": entry.at.isoformat(), "note": note}


def _seen(entry: HistoryEntry, settings: Settings, song: Song) -> Recommendation:
    """Return what led to a song of the history, for somebody who was looked at."""
    duration = max(settings.observation.seconds, sum(entry.seconds.values()))  # the history does not keep it
    whose = "somebody" if entry.corrected else ""  # the history does not say whose
    spent = tuple(entry.seconds.values())
    seen = Observation(tuple(entry.seconds), spent, duration, 0, 0, 0.0, place=entry.place, resting=whose)
    rule = EmotionQuery(settings.places, settings.recommendation)
    query, centre = rule.of(seen), rule.centre_of(seen) if settings.recommendation.query == "centre" else None
    return Recommendation(seen, tuple(query.tolist()), (_compared(query, song),), centre=centre)


def _asked_for(entry: HistoryEntry, settings: Settings, table: SongTable, song: Song) -> Recommendation:
    """Return what led to a song of the history that was asked for by hand.

    :raises ControlError: if that is no mood, nor a song of this release.
    """
    words = entry.asked.removeprefix("music ").removeprefix("like ")
    try:
        if words == entry.asked:
            wish = mood(words, EmotionQuery(settings.places, settings.recommendation))
        else:
            most = LONGEST_NAME - (len(entry.asked) - len(words))
            names = (song_name(*named)[:most] for named in table.titles())
            wish = alike(table.at([next(row for row, name in enumerate(names) if name == words)])[0])
    except (MienError, StopIteration) as error:
        what = (
            f"the history's last song, {entry.song}, was asked for by {entry.asked}, which this release does not know"
        )
        raise ControlError(what, mend="ask for music anew: mien play calm") from error
    return Recommendation(None, wish.vector, (_compared(wish.query, song),), asked=entry.asked)


def _compared(query: NDArray[np.float64], song: Song) -> RankedSong:
    """Return a song with how near it is to a query ``(8,)``."""
    return RankedSong(song, float(cosine_similarities(query, np.array([song.vector]))[0]))
