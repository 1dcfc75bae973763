"""Reads VGMIDI: 200 tunes of video games for piano as MIDI, each rated by about thirty people.

    static_va.csv    midi,valence_mean,valence_std,arousal_mean,arousal_std, and more; in [-1, 1]
    midi/            the files that it names: <series>_<console>_<game>_<tune>.mid

Ferreira and Whitehead 2019, “Learning to generate music with sentiment”.
"""

from collections.abc import Mapping
from pathlib import Path

from tools.digests import digest
from tools.model_making.csv_tables import read_table
from tools.music_emotion.datasets.entries import Facts, RatedSong, number, refuse_repeated
from tools.music_emotion.datasets.rendering import gather_rendered
from tools.music_emotion.datasets.songs import AnnotatedSongs

TABLE = "static_va.csv"
COLUMNS = ("midi", "valence_mean", "valence_std", "arousal_mean", "arousal_std")
FACTS = Facts(name="vgmidi", grouped_by="series", terms="research; the tunes are their publishers'")


def holds_vgmidi(folder: Path) -> bool:
    """Say whether a folder looks like VGMIDI's."""
    return (folder / TABLE).is_file()


def read_vgmidi(folder: Path, *, cache: Path | None, soundfont: Path | None = None) -> AnnotatedSongs:
    """Read all tunes, grouped by series, and render what the cache does not hold yet.

    :param cache: see :func:`~tools.music_emotion.datasets.rendering.gather_rendered`; likewise ``soundfont``.
    :raises DatasetError: if the table is missing or out of form, no tune is there, or rendering is not possible.
    """
    table = folder / TABLE
    entries = read_table(table, columns=COLUMNS, parse=_parse)
    refuse_repeated(table, [entry.song for entry in entries])
    return gather_rendered(
        FACTS, entries, folder=folder / "midi", cache=cache, soundfont=soundfont, sha256=digest(table)
    )


def _parse(row: Mapping[str, str]) -> RatedSong:
    song = row["midi"].removesuffix(".mid")
    if not song:
        msg = "midi is empty"
        raise ValueError(msg)
    valence, arousal = (number(row, f"{axis}_mean", low=-1, high=1) for axis in ("valence", "arousal"))
    sigmas = (number(row, f"{axis}_std", low=0, high=1) for axis in ("valence", "arousal"))
    return RatedSong(song, song.partition("_")[0], song, valence, arousal, *sigmas)
