"""Analyses a folder of music into a song table; what an interrupted analysis has heard is kept."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np

from device.errors import SongTableError
from device.recommendation.song import MOST_TEXT_BYTES, SOUND_COLUMNS, shortened
from device.recommendation.song_table import MOST_SONGS, Header, Song, write_song_table
from tools.errors import AudioError, CacheError, DatasetError
from tools.music_emotion.model.music_model import MusicModel, agreed_k, shares_of
from tools.song_library.cache import Cache, FileState, Heard, Identified, cache_file
from tools.song_library.duplicates import Copies, copies_among, left_out
from tools.song_library.fragments import look_at_lengths, nothing_but_fragments
from tools.song_library.scan import Scan, scan
from tools.song_library.skipped import Skipped
from tools.song_library.tasks import ModelRef, Refused, identify, listen
from tools.song_library.workers import Crashed, TookTooLong, Workers

PATIENCE_SECONDS = 300.0
"""How long any file may take; far longer than a worker needs to start and listen on a busy Pi with a slow card."""
_SLOWEST_BYTES_PER_SECOND = 100_000.0
"""What a long file may take beyond that. The most sound in the fewest bytes is speech in Opus: at 24 kbit/s, even a Pi
that decodes no faster than 30 times real time can hear all of it."""
_CRASHED = "ended the program that listened to it, time and again"

_AT_ONCE = 500


class Watcher(Protocol):
    """Sees how an analysis goes on."""

    def begin(self, stage: str, total: int) -> None:
        """Take note that ``total`` files are about to go through a stage, named for a person."""

    def advance(self) -> None:
        """Take note of one more file."""

    def tell(self, line: str) -> None:
        """Take note of what a person should read."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What became of a folder.

    ``songs`` are in the table; ``heard`` of these were listened to now, and the others recalled. ``skipped`` is what
    an owner would expect in the table and is not; ``copies`` are the recordings that several files hold; ``ignored`` is
    what ``.mienignore`` names; ``fragments`` are too short to be songs. ``cut_off`` names songs of the table whose end
    is missing. ``written`` is False where an earlier table was left in place.
    """

    songs: int
    heard: int
    skipped: tuple[Skipped, ...]
    copies: tuple[Copies, ...] = ()
    ignored: tuple[Skipped, ...] = ()
    fragments: tuple[Skipped, ...] = ()
    cut_off: tuple[Skipped, ...] = ()
    written: bool = True

    @property
    def passed_over(self) -> tuple[Skipped, ...]:
        """All files that are not in the table for a reason, sorted by path."""
        everything = (*self.skipped, *left_out(self.copies), *self.ignored, *self.fragments)
        return tuple(sorted(everything, key=lambda entry: entry.path))


def analyse(  # noqa: PLR0913 - each of them is the caller's to choose
    music: Path,
    table: Path,
    model: MusicModel,
    workers: Workers,
    *,
    k: float | None = None,
    watcher: Watcher,
    strict: bool = False,
    patience: float = PATIENCE_SECONDS,
    least_seconds: float = 0,
) -> Analysis:
    """Write the song table of a folder of music.

    Songs are numbered from 1 in the order of their paths. Of files with the same sound one is in the table. Files that
    are unchanged are not opened, and songs whose sound this model's backbone has heard are not listened to again.

    :param k: how many σ a song's rectangle reaches to each side; None for that which the model learnt, or else 1.
    :param strict: whether to leave an earlier table in place if any file is skipped.
    :param patience: after how many seconds, and one more for each 100 kB of it, a file that is not done is skipped.
    :param least_seconds: songs that are shorter are left out, which is no failure: sound effects and fragments.
    :raises ModelError: if the model learnt the shares of rectangles of another k.
    :raises DatasetError: if the folder is missing, holds no file of music, or more songs than a table may hold.
    :raises AudioError: if not one file could be analysed; an earlier table stays.
    :raises SongTableError: if the table cannot be written, or there is a file of that name that is no song table.
    :raises CacheError: if the cache beside the table cannot be used.
    :raises ClusterError: if the workers are other machines', and cannot be used.
    """
    _refuse_foreign(table)
    k = agreed_k(model, k)
    music, model_ref = music.resolve(), ModelRef(model.folder.resolve(), model.backbone)
    found = _find(music)
    with Cache(cache_file(table), tell=watcher.tell) as cache:
        stages = _Stages(music, cache, workers, watcher, patience)
        hashes = stages.identify(found.paths)
        copies = copies_among(hashes)
        for path in (other for group in copies for other in group.others):
            del hashes[path]
        _refuse_too_many(music, len(hashes))
        heard = stages.listen(hashes, model_ref)
        lengths = look_at_lengths(hashes, cache, model.backbone, least_seconds)
        for fragment in lengths.fragments:
            heard.discard(fragment.path)
            del hashes[fragment.path]
        skipped = (*found.skipped, *stages.skipped)
        if not hashes and lengths.fragments:
            raise nothing_but_fragments(music, len(lengths.fragments), least_seconds)
        if not hashes:
            raise _nothing(music, len(found.paths), skipped)
        written = not (strict and skipped)
        if written:
            header = Header(k, model.sigma_valence, model.sigma_arousal, model.version, shares=model.shares)
            watcher.begin("writing", len(hashes))
            write_song_table(table, header, _watched(place_songs(hashes, cache, model, k), watcher))
    return Analysis(
        len(hashes), len(heard), skipped, copies, found.ignored, lengths.fragments, lengths.cut_off, written
    )


def place_songs(hashes: Mapping[str, str], cache: Cache, model: MusicModel, k: float) -> Iterator[Song]:
    """Yield the song of every path, numbered from 1 in the order given, from its content hash.

    A song's figures depend on itself alone, to the last bit, whatever else is in the library. Memory does not grow with
    their number.

    :raises CacheError: if the cache does not hold one of them.
    """
    paths = iter(hashes.items())
    number = 0
    while batch := list(islice(paths, _AT_ONCE)):
        entries = [_recall(cache, path, content_hash, model.backbone) for path, content_hash in batch]
        # One song at a time: a matrix product's last bits depend on how many rows it has.
        said = [model.place(heard.embedding.astype(np.float64)) for _, heard in entries]
        vectors = shares_of(said, k).tolist()
        for (path, content_hash), (file, heard), one, vector in zip(batch, entries, said, vectors, strict=True):
            number += 1
            yield Song(
                id=number,
                path=path,
                title=shortened(file.tags.title, MOST_TEXT_BYTES["title"]),
                artist=shortened(file.tags.artist, MOST_TEXT_BYTES["artist"]),
                album=shortened(file.tags.album, MOST_TEXT_BYTES["album"]),
                seconds=heard.seconds,
                content_hash=content_hash,
                valence=one.valence,
                arousal=one.arousal,
                vector=tuple(vector),
                deviations=(one.sigma_valence, one.sigma_arousal),
                **{column: getattr(heard, column) for column in SOUND_COLUMNS},
            )


@dataclass(slots=True)
class _Stages:
    """What the workers are asked to do, and the cache to remember."""

    music: Path
    cache: Cache
    workers: Workers
    watcher: Watcher
    patience: float
    skipped: list[Skipped] = field(default_factory=list)

    def identify(self, paths: Sequence[str]) -> dict[str, str]:
        """Return the content hash of every file that can be read, in the order of the paths."""
        self.watcher.begin("looking", len(paths))
        hashes: dict[str, str] = dict.fromkeys(paths, "")
        states: dict[str, FileState] = {}
        changed = self._changed(paths, hashes, states)
        for path, found in self.workers.work(partial(identify, self.music), changed, limit=self.limit):
            self.watcher.advance()
            if isinstance(found, Identified):
                self.cache.remember_file(path, states.pop(path), found)
                hashes[path] = found.content_hash
            else:
                self._skip(path, found)
        return {path: content_hash for path, content_hash in hashes.items() if content_hash}

    def listen(self, hashes: dict[str, str], model_ref: ModelRef) -> set[str]:
        """Have all songs listened to that the cache does not hold; strike out those that cannot be.

        :returns: which were listened to.
        """
        new = [path for path, content_hash in hashes.items() if not self.cache.holds(content_hash, model_ref.backbone)]
        self.watcher.begin("listening", len(new))
        heard = set[str]()
        for path, result in self.workers.work(partial(listen, self.music, model_ref), new, limit=self.limit):
            self.watcher.advance()
            if isinstance(result, (Refused, Crashed, TookTooLong)):
                self._skip(path, result)
                del hashes[path]
            else:
                self.cache.remember_embedding(hashes[path], model_ref.backbone, result)
                heard.add(path)
        return heard

    def _changed(self, paths: Sequence[str], hashes: dict[str, str], states: dict[str, FileState]) -> Iterator[str]:
        """Fill in the hashes that the cache knows, and yield the other paths as they come."""
        for path in paths:
            try:
                state = FileState.of(self.music / path)
            except OSError as error:
                self.watcher.advance()
                self._skip(path, Refused(f"cannot be read ({error.strerror})"))
                continue
            known = self.cache.file(path, state)
            if known is None:
                states[path] = state
                yield path
            else:
                hashes[path] = known.content_hash
                self.watcher.advance()

    def limit(self, path: str) -> float:
        """Return how many seconds a file may take: it must end some day, and no honest file should be lost."""
        try:
            size = (self.music / path).stat().st_size
        except OSError:
            size = 0  # it went away; the worker says so
        return self.patience + size / _SLOWEST_BYTES_PER_SECOND

    def _skip(self, path: str, why: Refused | Crashed | TookTooLong) -> None:
        reason = _reason(why)
        self.skipped.append(Skipped(path, reason))
        self.watcher.tell(f"skipped {path}: {reason}")


def _reason(why: Refused | Crashed | TookTooLong) -> str:
    if isinstance(why, Refused):
        return why.reason
    if isinstance(why, TookTooLong):
        return f"took longer than {why.seconds:.0f} s; --patience gives it more"
    return _CRASHED


def _refuse_foreign(table: Path) -> None:
    if not table.exists():
        return
    if not table.is_file():  # SQLite would wait at a pipe for ever
        what = f"{table}: not a song table (it is no file)"
        raise SongTableError(what, mend="name another file for the table")
    try:
        with closing(sqlite3.connect(f"{table.absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.execute("SELECT value FROM header WHERE key = 'schema_version'").fetchone()
    except sqlite3.Error as error:
        what = f"{table}: not a song table ({error})"
        raise SongTableError(what, mend="delete this file, or name another one for the table") from error


def _find(music: Path) -> Scan:
    if not music.is_dir():
        what = f"{music}: there is no such folder"
        raise DatasetError(what, mend="name the folder that holds your music")
    found = scan(music)
    if not found.paths:
        what = f"{music}: it holds no music"
        raise DatasetError(what, mend="name a folder with mp3, ogg, opus, flac, m4a, wav or aiff files")
    return found


def _refuse_too_many(music: Path, songs: int) -> None:
    """Tell before the listening, which may take days, what the table would not hold."""
    if songs > MOST_SONGS:
        what = f"{music}: it holds {songs:,} songs, and {MOST_SONGS:,} are the most that a song table may hold"
        raise DatasetError(what, mend="analyse a part of it; .mienignore names what is left out")


def _nothing(music: Path, files: int, skipped: Sequence[Skipped]) -> AudioError:
    what = f"{music}: none of its {files} files can be analysed; {skipped[0].path}: {skipped[0].reason}"
    return AudioError(what, mend="look whether these are your music, and whether other players can play them")


def _watched(songs: Iterable[Song], watcher: Watcher) -> Iterator[Song]:
    for song in songs:
        watcher.advance()
        yield song


def _recall(cache: Cache, path: str, content_hash: str, backbone: str) -> tuple[Identified, Heard]:
    file, heard = cache.file(path), cache.embedding(content_hash, backbone)
    if file is None or heard is None:
        what = f"{path}: the cache has lost what it held a moment ago"
        raise CacheError(what, mend="let only one analysis at a time write a table, and run this again")
    return file, heard
