"""Makes one set of all that rate what is heard in the music."""

from collections.abc import Sequence

import numpy as np

from tools.errors import DatasetError
from tools.model_making.csv_tables import joint_digest
from tools.music_emotion.datasets.songs import AnnotatedSongs


def join_rated(sets: Sequence[AnnotatedSongs]) -> AnnotatedSongs:
    """Join the sets whose places are ratings of perceived emotion; felt ones and quadrants stay out.

    Places are taken as they are: moving and stretching one set's ratings to another's was measured, and did not help.
    Groups and sources carry their set's name where there are several.

    :raises DatasetError: if there is none.
    """
    rated = [songs for songs in sets if songs.rated]
    if not rated:
        what = f"{', '.join(songs.name for songs in sets)}: no ratings of what is heard in the music"
        raise DatasetError(what, mend="name sets that rate perceived valence and arousal, such as DEAM")
    if len(rated) == 1:
        return rated[0]
    words = {songs.grouped_by for songs in rated}
    groups, sources = (
        np.concatenate([np.char.add(f"{songs.name}/", getattr(songs, part)) for songs in rated])
        for part in ("groups", "sources")
    )
    return AnnotatedSongs(
        name="+".join(songs.name for songs in rated),
        ids=tuple(f"{songs.name}/{song}" for songs in rated for song in songs.ids),
        paths=tuple(path for songs in rated for path in songs.paths),
        places=np.concatenate([songs.places for songs in rated]),
        deviations=np.concatenate([songs.deviations for songs in rated]),
        groups=groups,
        sources=sources,
        grouped_by=words.pop() if len(words) == 1 else "group",
        felt=False,
        coarse=False,
        sha256=joint_digest({songs.name: songs.sha256 for songs in rated}),
        terms="; ".join(sorted({songs.terms for songs in rated})),
        passed=tuple(entry for songs in rated for entry in songs.passed),
    )
