"""Reads EMOPIA: 1,078 clips of pop piano as MIDI, each with the quadrant of the emotion that it expresses.

    label.csv     ID,4Q,annotator; an ID is Q<quadrant>_<YouTube id>_<number of the clip>
    midis/        <ID>.mid

Hung et al. 2021, “EMOPIA: a multi-modal pop piano dataset for emotion recognition and emotion-based music generation”.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path

from tools.digests import digest
from tools.model_making.csv_tables import names_columns, read_table
from tools.music_emotion.datasets.entries import Facts, RatedSong, refuse_repeated
from tools.music_emotion.datasets.rendering import gather_rendered
from tools.music_emotion.datasets.songs import AnnotatedSongs

TABLE = "label.csv"
COLUMNS = ("ID", "4Q")
FACTS = Facts(name="emopia", grouped_by="song", terms="non-commercial research", coarse=True)

QUADRANTS = {"1": (0.5, 0.5), "2": (-0.5, 0.5), "3": (-0.5, -0.5), "4": (0.5, -0.5)}
"""Centres of the quadrants, counter-clockwise from the happy one."""

DEVIATION = 1 / math.sqrt(12)
"""σ of a place that is anywhere in a quadrant, whose sides are 1 long."""

_ID = re.compile(r"Q(?P<quadrant>[1-4])_(?P<video>.+)_\d+")


def holds_emopia(folder: Path) -> bool:
    """Say whether a folder looks like EMOPIA's."""
    return names_columns(folder / TABLE, COLUMNS) or ((folder / TABLE).is_file() and (folder / "midis").is_dir())


def read_emopia(folder: Path, *, cache: Path | None, soundfont: Path | None = None) -> AnnotatedSongs:
    """Read all clips, grouped by the piece that they are from, and render what the cache does not hold yet.

    :param cache: see :func:`~tools.music_emotion.datasets.rendering.gather_rendered`; likewise ``soundfont``.
    :raises DatasetError: if the table is missing or out of form, no clip is there, or rendering is not possible.
    """
    table = folder / TABLE
    entries = read_table(table, columns=COLUMNS, parse=_parse)
    refuse_repeated(table, [entry.song for entry in entries])
    return gather_rendered(
        FACTS, entries, folder=folder / "midis", cache=cache, soundfont=soundfont, sha256=digest(table)
    )


def _parse(row: Mapping[str, str]) -> RatedSong:
    parts = _ID.fullmatch(row["ID"])
    if parts is None:
        msg = f"ID is “{row['ID']}”, not Q<quadrant>_<video>_<number>"
        raise ValueError(msg)
    if row["4Q"] != parts["quadrant"]:
        msg = f"4Q is “{row['4Q']}”, but the ID says {parts['quadrant']}"
        raise ValueError(msg)
    return RatedSong(row["ID"], parts["video"], parts["video"], *QUADRANTS[parts["quadrant"]], DEVIATION, DEVIATION)
