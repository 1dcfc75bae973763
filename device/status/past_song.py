"""Why the history's last song was chosen, reckoned up again: for a daemon that was restarted since, or is gone."""

from typing import Any

from device.errors import ControlError
from device.observation.observation import Observation
from device.recommendation.query import EmotionQuery
from device.recommendation.recommendation import RankedSong, Recommendation
from device.recommendation.song_table import read_song_table
from device.releases.manifest import SONG_TABLE
from device.session.history import LONGEST_NAME, read_history
from device.settings.sections import Settings
from device.status.status import describe_recommendation
from device.status.why_this_song import reason_document

_LOOKED_BACK = 100
"""Entries of the history in which a song is looked for."""


def past_reason_document(settings: Settings) -> dict[str, Any]:
    """Reckon up the last song that the history names, by the release and the settings of now.

    :returns: a document of :func:`reason_document`, and as ``from_history`` when the song was chosen, ISO 8601.
    :raises ControlError: if it names none, or one that the release no longer knows.
    :raises MienError: if the history or the song table cannot be read.
    """
    entries = read_history(settings.paths.history_file, _LOOKED_BACK)
    entry = next((entry for entry in entries if entry.song_id is not None and any(entry.seconds.values())), None)
    if entry is None or entry.song_id is None:
        what = "no song was chosen since the daemon was started, and the history names none"
        raise ControlError(what, mend="press the button, or: mien observe")
    table = read_song_table(settings.paths.release_folder / SONG_TABLE)
    named = [song for song in table.at(table.index.rows_of([entry.song_id])) if song.name[:LONGEST_NAME] == entry.song]
    if not named or not entry.seconds.keys() <= settings.places.keys():
        what = f"the history's last song, {entry.song}, was chosen with another release"
        raise ControlError(what, mend="press the button, or: mien observe")
    duration = max(settings.observation.seconds, sum(entry.seconds.values()))  # the history does not keep it
    seen = Observation(tuple(entry.seconds), tuple(entry.seconds.values()), duration, 0, 0, 0.0, place=entry.place)
    rule = EmotionQuery(settings.places, settings.recommendation)
    recommendation = Recommendation(
        seen,
        tuple(rule.of(seen).tolist()),
        (RankedSong(named[0], entry.similarity or 0.0),),
        centre=rule.centre_of(seen) if settings.recommendation.query == "centre" else None,
    )
    document = reason_document(describe_recommendation(recommendation, 0), 0)
    return {**document, "from_history": entry.at.isoformat()}
