"""Show why the last song was chosen: the face's vector, the song's, and the terms that made their cosine, as bars."""

import argparse
from datetime import datetime
from typing import Any

from device.commands._daemon_settings import settings_to_ask_by
from device.commands._output import say, say_json
from device.commands._parser import add_config_argument
from device.errors import ControlError
from device.settings.sections import Settings
from device.status.control_socket import ask
from device.status.why_this_song import reason_document, reason_lines

_LOOKED_BACK = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    add_config_argument(parser)
    parser.add_argument(
        "--rank", type=int, metavar="N", help="explain the Nth of the ranked songs (default: the one played)"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print what made the daemon's last recommendation, or the last song of the history if it has made none.

    :raises ControlError: if there is no song to explain, or none of that rank.
    """
    settings = settings_to_ask_by(arguments.config)
    try:
        recommendation = ask(settings.paths.control_socket, {"command": "status"})["last_recommendation"]
    except ControlError:  # the history is there without a daemon
        recommendation = None
    if recommendation is None:
        document = _of_the_history(settings)
        if arguments.json:
            say_json(document)
        else:
            say(f"The last song of the history, {_local(document['from_history'])}:", *reason_lines(document))
        return 0
    position = recommendation["position"] if arguments.rank is None else arguments.rank - 1
    if not 0 <= position < len(recommendation["ranked"]):
        what = f"--rank {arguments.rank}: the last recommendation names {len(recommendation['ranked'])} songs"
        raise ControlError(what, mend="leave --rank out for the song that was played")
    document = reason_document(recommendation, position)
    if arguments.json:
        say_json(document)
    else:
        say(*reason_lines(document))
    return 0


def _of_the_history(settings: Settings) -> dict[str, Any]:
    """Reckon up the last song that the history names, by the release and the settings of now.

    :raises ControlError: if it names none, or one that the release no longer knows.
    """
    from device.observation.observation import Observation  # noqa: PLC0415 - loads numpy and SQLite
    from device.recommendation.query import EmotionQuery  # noqa: PLC0415
    from device.recommendation.recommendation import RankedSong, Recommendation  # noqa: PLC0415
    from device.recommendation.song_table import read_song_table  # noqa: PLC0415
    from device.releases.manifest import SONG_TABLE  # noqa: PLC0415
    from device.session.history import LONGEST_NAME, read_history  # noqa: PLC0415
    from device.status.status import describe_recommendation  # noqa: PLC0415

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
    duration = max(settings.observation.seconds, sum(entry.seconds.values()))
    seen = Observation(tuple(entry.seconds), tuple(entry.seconds.values()), duration, 0, 0, 0.0)
    query = tuple(EmotionQuery(settings.places, settings.recommendation).of(seen).tolist())
    recommendation = Recommendation(seen, query, (RankedSong(named[0], entry.similarity or 0.0),))
    document = reason_document(describe_recommendation(recommendation, 0), 0)
    return {**document, "from_history": entry.at.isoformat()}


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
