"""Analyses a folder of music into a song table; an interrupted analysis goes on where it stopped."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from device.emotion import song_vectors
from device.errors import SongTableError
from device.song_table import Header, Song, read_song_table, write_song_table
from tools.errors import AudioError, DatasetError
from tools.music_emotion.hearing import excerpts_of
from tools.music_emotion.music_model import MusicModel
from tools.music_emotion.rectangle import drawn_deviations
from tools.song_library.scan import Scan, Skipped, scan
from tools.song_library.tags import read_tags

_SAVE_EVERY_SECONDS = 60.0

Progress = Callable[[int, int], None]
"""Called with the number of files done and of all files."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What became of a folder: songs in the table, how many of these were known before, and what was passed over."""

    songs: int
    known: int
    skipped: tuple[Skipped, ...]


def analyse(music: Path, table: Path, model: MusicModel, *, k: float, progress: Progress) -> Analysis:
    """Write the song table of a folder of music.

    Songs are numbered from 1 in the order of their paths. Songs that ``table``, or an analysis of it that was
    interrupted, already holds with the same content and music model are not listened to again.

    :param k: how many σ a song's rectangle reaches to each side.
    :raises DatasetError: if the folder is missing or holds no file of music.
    :raises AudioError: if not one file could be analysed; an earlier table stays.
    :raises SongTableError: if the table cannot be written, or there is a file of that name that is no song table.
    """
    found = _find(music)
    listener = _Listener(music, model, Header(k, model.sigma_valence, model.sigma_arousal, model.version))
    listener.remember(table)
    unfinished = table.with_name(f"{table.name}.unfinished")
    if unfinished.is_file():
        listener.remember(unfinished)
    saved = time.monotonic()
    try:
        for done, path in enumerate(found.paths):
            progress(done, len(found.paths))
            listener.listen(path)
            if time.monotonic() - saved > _SAVE_EVERY_SECONDS:
                listener.save(unfinished)
                saved = time.monotonic()
    except KeyboardInterrupt:
        listener.save(unfinished)
        raise
    progress(len(found.paths), len(found.paths))
    if not listener.songs:
        first = listener.skipped[0]
        what = f"{music}: none of its {len(found.paths)} files can be analysed; {first.path}: {first.reason}"
        raise AudioError(what, mend="look whether these are your music, and whether other players can play them")
    listener.save(table)
    unfinished.unlink(missing_ok=True)
    return Analysis(len(listener.songs), listener.recalled, (*found.skipped, *listener.skipped))


def _find(music: Path) -> Scan:
    if not music.is_dir():
        what = f"{music}: there is no such folder"
        raise DatasetError(what, mend="name the folder that holds your music")
    found = scan(music)
    if not found.paths:
        what = f"{music}: it holds no music"
        raise DatasetError(what, mend="name a folder with mp3, ogg, opus, flac, m4a or wav files")
    return found


@dataclass(slots=True)
class _Listener:
    """Turns files into songs, one after the other."""

    music: Path
    model: MusicModel
    header: Header
    songs: list[Song] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    recalled: int = 0
    known: dict[str, Song] = field(default_factory=dict)
    """By content hash."""

    def remember(self, table: Path) -> None:
        """Take over what an earlier table knows, if there is one and the same model made it."""
        if not table.exists():
            return
        try:
            earlier = read_song_table(table)
        except SongTableError as error:
            raise SongTableError(error.what, mend="delete this file, or name another one for the table") from error
        if earlier.header.music_model == self.header.music_model:
            self.known |= {song.content_hash: song for song in earlier.songs}

    def listen(self, path: str) -> None:
        """Add the song at ``path``, relative to the music folder, or the reason why it cannot be one."""
        file = self.music / path
        try:
            with file.open("rb") as content:
                content_hash = hashlib.file_digest(content, "sha256").hexdigest()
            if content_hash in self.known:
                self.recalled += 1
            else:
                self.known[content_hash] = self._hear(file, content_hash)
        except AudioError as error:
            self.skipped.append(Skipped(path, error.what.removeprefix(f"{file}: ")))
        except OSError as error:
            self.skipped.append(Skipped(path, f"cannot be read ({error.strerror})"))
        else:
            self.songs.append(self._finish(self.known[content_hash], path))

    def save(self, table: Path) -> None:
        """Write the songs so far."""
        write_song_table(table, self.header, self.songs)

    def _hear(self, file: Path, content_hash: str) -> Song:
        excerpts = excerpts_of(file)
        said = self.model.judge(excerpts.audio)
        place, deviations = (said.valence, said.arousal), (said.sigma_valence, said.sigma_arousal)
        vector = self._vector(*place, deviations)
        return Song(0, file.name, "", "", "", excerpts.seconds, content_hash, *place, vector, deviations)

    def _finish(self, song: Song, path: str) -> Song:
        """Give a known song its number, path, tags, and the vector that this header's k and σ ask for."""
        tags = read_tags(self.music / path)
        return replace(
            song,
            id=len(self.songs) + 1,
            path=path,
            title=tags.title,
            artist=tags.artist,
            album=tags.album,
            vector=self._vector(song.valence, song.arousal, song.deviations),
        )

    def _vector(self, valence: float, arousal: float, deviations: tuple[float, float] | None) -> tuple[float, ...]:
        """Draw the rectangle as wide as the song's own deviations ask, or as a usual one where they are not told."""
        header = self.header
        usual = np.array([header.sigma_valence, header.sigma_arousal])
        sigmas = usual if deviations is None else drawn_deviations(np.array(deviations))
        vectors = song_vectors([valence], [arousal], sigma_valence=sigmas[0], sigma_arousal=sigmas[1], k=header.k)
        return tuple(vectors[0].tolist())
