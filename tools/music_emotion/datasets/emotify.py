"""Reads Emotify: 400 songs of four genres, and what thousands of listeners felt at them.

    data.csv                   a row a listener and song: track id, genre, nine emotions (1: felt strongly), and more
    audio/<genre>/<n>.*        tracks 1–100 are classical/1–100, 101–200 rock/1–100, 201–300 electronic, 301–400 pop

The nine are those of the Geneva Emotional Music Scale (Zentner, Grandjean and Scherer 2008, “Emotions evoked by the
sound of music”) in the words of Emotify (Aljanaki, Wiering and Veltkamp 2016), which allowed up to three at a song.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tools.digests import digest
from tools.errors import DatasetError
from tools.model_making.csv_tables import names_columns, read_table
from tools.music_emotion.datasets.entries import Facts, RatedSong, gather_songs, sounds_in, whole
from tools.music_emotion.datasets.songs import AnnotatedSongs, Floats, Passed

TABLE = "data.csv"
FACTS = Facts(name="emotify", grouped_by="genre", terms="non-commercial research", felt=True)
TRACKS, TRACKS_A_GENRE = 400, 100

GEMS_PLACES = {
    "amazement": (0.6, 0.4),  # "wonder and happiness"
    "solemnity": (0.2, -0.1),  # "transcendence, inspiration, thrills": sublime, at no particular pace
    "tenderness": (0.6, -0.3),  # "sensuality, affect, feeling of love"
    "nostalgia": (0.0, -0.4),  # "dreamy, melancholic, sentimental": sweet and bitter in equal parts
    "calmness": (0.5, -0.7),  # "relaxation, serenity, meditativeness"
    "power": (0.4, 0.7),  # "strong, heroic, triumphant, energetic"
    "joyful_activation": (0.8, 0.6),  # "feels like dancing, bouncy, animated, amused"
    "tension": (-0.6, 0.6),  # "nervous, impatient, irritated"
    "sadness": (-0.63, -0.27),  # "depressed, sorrowful": as in FACE_PLACES, from Russell & Mehrabian 1977
}
"""Valence and arousal of the nine emotions: this project's reading of what Emotify told its listeners they mean (in
quotes). Neither Zentner et al. nor Emotify place them in the plane; rely on little more than their order on each axis.
"""

GEMS = tuple(GEMS_PLACES)
"""The nine emotions in the order of the table's columns."""

COLUMNS = ("track id", "genre", *GEMS)


def holds_emotify(folder: Path) -> bool:
    """Say whether a folder looks like Emotify's."""
    return names_columns(folder / TABLE, COLUMNS) or ((folder / TABLE).is_file() and (folder / "audio").is_dir())


def read_emotify(folder: Path, *, heard: bool = True) -> AnnotatedSongs:
    """Read all songs, grouped by genre, and place each at the mean of the emotions that were felt at it.

    Every vote counts the same, and the deviations are those of the votes' places. Songs without a vote or without sound
    are ``passed``.

    :param heard: whether sound is needed; otherwise it is not looked for.
    :raises DatasetError: if the table is missing or out of form, or there is no sound.
    """
    genres, votes = _read_votes(folder / TABLE)
    places = np.array(list(GEMS_PLACES.values()))
    entries, passed = [], []
    for track, counts in votes.items():
        if not counts.any():
            passed.append(Passed(track, "no listener felt anything"))
            continue
        shares = counts / counts.sum()
        mean = shares @ places
        sigma = np.sqrt(shares @ (places - mean) ** 2)
        entries.append(RatedSong(track, genres[track], track, *mean.tolist(), *sigma.tolist()))
    audio = folder / "audio"
    sounds = _sounds(audio, genres) if heard else None
    return gather_songs(FACTS, entries, sounds, folder=audio, sha256=digest(folder / TABLE), passed=passed)


def _read_votes(table: Path) -> tuple[dict[str, str], dict[str, Floats]]:
    """Return the genre of each track and how many votes each emotion got ``(9,)``, in the table's order."""
    genres: dict[str, str] = {}
    votes: dict[str, Floats] = {}
    for track, genre, felt in read_table(table, columns=COLUMNS, parse=_parse):
        if genres.setdefault(track, genre) != genre:
            what = f"{table}: track {track} is {genres[track]} in one row and {genre} in another"
            raise DatasetError(what, mend="fetch the file again: a track has one genre")
        votes[track] = votes.get(track, np.zeros(len(GEMS))) + felt
    return genres, votes


def _parse(row: Mapping[str, str]) -> tuple[str, str, Floats]:
    track = whole(row, "track id", low=1, high=TRACKS)
    return str(track), row["genre"], np.array([whole(row, emotion, low=0, high=1) for emotion in GEMS])


def _sounds(audio: Path, genres: Mapping[str, str]) -> dict[str, Path]:
    files = {genre: sounds_in(audio / genre) for genre in sorted(set(genres.values()))}
    return {track: files[genre][name] for track, genre in genres.items() if (name := _file(track)) in files[genre]}


def _file(track: str) -> str:
    """Name a track's file within the folder of its genre, without suffix."""
    return str((int(track) - 1) % TRACKS_A_GENRE + 1)
