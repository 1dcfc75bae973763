"""Places songs in the valence–arousal plane, from what the cache remembers of them, and draws their rectangles."""

from collections.abc import Iterator, Mapping
from itertools import islice

import numpy as np

from device.emotion.vectors import song_vectors
from device.recommendation.song_table import Header, Song
from tools.errors import CacheError
from tools.music_emotion.model.music_model import MusicModel
from tools.music_emotion.model.rectangle import drawn_deviations
from tools.song_library.cache import Cache, Heard, Identified

_AT_ONCE = 500


def draw_songs(
    hashes: Mapping[str, str], cache: Cache, model: MusicModel, backbone: str, header: Header
) -> Iterator[Song]:
    """Yield the song of every path, numbered from 1 in the order given, from its content hash.

    A song's figures depend on itself alone, to the last bit, whatever else is in the library. Memory does not grow with
    their number.

    :raises CacheError: if the cache does not hold one of them.
    """
    paths = iter(hashes.items())
    number = 0
    while batch := list(islice(paths, _AT_ONCE)):
        entries = [_recall(cache, path, content_hash, backbone) for path, content_hash in batch]
        # One song at a time: a matrix product's last bits depend on how many rows it has.
        said = [model.place(heard.embedding.astype(np.float64)) for _, heard in entries]
        places = np.array([(one.valence, one.arousal) for one in said])
        sigmas = drawn_deviations(np.array([(one.sigma_valence, one.sigma_arousal) for one in said]))
        vectors = song_vectors(
            places[:, 0], places[:, 1], sigma_valence=sigmas[:, 0], sigma_arousal=sigmas[:, 1], k=header.k
        )
        for (path, content_hash), (file, heard), one, vector in zip(
            batch, entries, said, vectors.tolist(), strict=True
        ):
            number += 1
            yield Song(
                id=number,
                path=path,
                title=file.tags.title,
                artist=file.tags.artist,
                album=file.tags.album,
                seconds=heard.seconds,
                content_hash=content_hash,
                valence=one.valence,
                arousal=one.arousal,
                vector=tuple(vector),
                deviations=(one.sigma_valence, one.sigma_arousal),
            )


def _recall(cache: Cache, path: str, content_hash: str, backbone: str) -> tuple[Identified, Heard]:
    file, heard = cache.file(path), cache.embedding(content_hash, backbone)
    if file is None or heard is None:
        what = f"{path}: the cache has lost what it held a moment ago"
        raise CacheError(what, mend="let only one analysis at a time write a table, and run this again")
    return file, heard
