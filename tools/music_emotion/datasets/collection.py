"""Finds out which sets of annotated music some paths hold, reads them, and joins those that rate what is heard."""

import logging
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np

from tools.digests import joint_digest
from tools.errors import DatasetError
from tools.music_emotion.datasets import clips_va, deam, emopia, emotify, vgmidi
from tools.music_emotion.datasets.entries import NoSoundError
from tools.music_emotion.datasets.songs import AnnotatedSongs

_log = logging.getLogger(__name__)

Read = Callable[[Path, Path | None, Path | None], AnnotatedSongs]
"""Takes a set's folder, the cache of rendered sound (None if the set is not to be heard), and the soundfont or None."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a set is known and read, and what its folder holds, in words."""

    form: str
    holds: Callable[[Path], bool]
    read: Read


LAYOUTS = (
    Layout(
        f"DEAM ({deam.ANNOTATION_FOLDERS[0]}/*.csv and {deam.AUDIO_FOLDERS[0]}/)",
        deam.holds_deam,
        lambda folder, cache, _soundfont: deam.read_deam(folder, heard=cache is not None),
    ),
    Layout(
        f"Emotify ({emotify.TABLE} and audio/<genre>/)",
        emotify.holds_emotify,
        lambda folder, cache, _soundfont: emotify.read_emotify(folder, heard=cache is not None),
    ),
    Layout(
        f"EMOPIA ({emopia.TABLE} and midis/)",
        emopia.holds_emopia,
        lambda folder, cache, soundfont: emopia.read_emopia(folder, cache=cache, soundfont=soundfont),
    ),
    Layout(
        f"VGMIDI ({vgmidi.TABLE} and midi/)",
        vgmidi.holds_vgmidi,
        lambda folder, cache, soundfont: vgmidi.read_vgmidi(folder, cache=cache, soundfont=soundfont),
    ),
    Layout(
        f"anybody's clips ({clips_va.TABLE} with {','.join(clips_va.COLUMNS)}, and audio/)",
        clips_va.holds_clips_va,
        lambda folder, cache, _soundfont: clips_va.read_clips_va(folder, heard=cache is not None),
    ),
)
"""Every layout that is known; the first that a folder answers to is its own."""

RECOGNISED = "; ".join(layout.form for layout in LAYOUTS)
"""What a folder may hold, for messages and help."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A set's folder, its layout, and whether the folder itself was asked for, or one that it lies in."""

    folder: Path
    layout: Layout
    asked_for: bool


def read_sets(
    paths: Iterable[Path],
    *,
    cache: Path,
    soundfont: Path | None = None,
    wanted: Callable[[AnnotatedSongs], bool] | None = None,
) -> list[AnnotatedSongs]:
    """Read every set that the paths hold, in their order; a folder that is reached twice is read once.

    Each path is a set's folder or a folder with such folders. Of the latter, sets whose sound is nowhere are passed
    over with a warning in the log. Of sets by one name the later ones are numbered.

    :param cache: where MIDI becomes sound, see :func:`~tools.music_emotion.datasets.rendering.render_midi`; likewise
        ``soundfont``.
    :param wanted: says of a set, as its annotations tell of it, whether to read it; no sound is made of the others.
        None for all.
    :raises DatasetError: if a path holds no set that is known, a set is out of form or without sound, or two folders
        hold the same annotations.
    """
    return _read(paths, cache, soundfont, wanted)


def read_annotations(paths: Iterable[Path]) -> list[AnnotatedSongs]:
    """Read every set as :func:`read_sets` does, from its annotations alone: no sound is needed, looked for or made.

    :raises DatasetError: if a path holds no set that is known, a set is out of form, or two folders hold the same
        annotations.
    """
    return _read(paths, None, None, None)


def _read(
    paths: Iterable[Path],
    cache: Path | None,
    soundfont: Path | None,
    wanted: Callable[[AnnotatedSongs], bool] | None,
) -> list[AnnotatedSongs]:
    sets: list[AnnotatedSongs] = []
    folders: dict[str, Path] = {}
    for found in _find(paths):
        try:
            if wanted is not None and not wanted(found.layout.read(found.folder, None, None)):
                continue
            songs = found.layout.read(found.folder, cache, soundfont)
        except NoSoundError as error:
            if found.asked_for:
                raise
            _log.warning("%s: passed over", error.what)
            continue
        if songs.sha256 in folders:
            what = f"{folders[songs.sha256]} and {found.folder} hold the same annotations"
            raise DatasetError(what, mend="give one of them, or its songs would be learnt from and measured with")
        folders[songs.sha256] = found.folder
        sets.append(_numbered(songs, {other.name for other in sets}))
    return sets


def join_rated(sets: Sequence[AnnotatedSongs]) -> AnnotatedSongs:
    """Join the sets whose places are ratings of perceived emotion; felt ones and quadrants stay out.

    Places are taken as they are: moving and stretching one set's ratings to another's was measured, and did not help.
    Groups and sources carry their set's name where there are several.

    :raises DatasetError: if there is none.
    """
    rated = [songs for songs in sets if songs.rated]
    if not rated:
        what = f"{', '.join(songs.name for songs in sets) or 'the data'}: no ratings of what is heard in the music"
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


def _find(paths: Iterable[Path]) -> list[_Found]:
    found: dict[Path, _Found] = {}
    for path in paths:
        layout = _layout_of(path)
        if layout:
            found[path.resolve()] = _Found(path, layout, asked_for=True)
            continue
        inside = {folder: _layout_of(folder) for folder in _folders_in(path)}
        if not any(inside.values()):
            what = f"{path}: holds no set of annotated music that is known"
            raise DatasetError(what, mend=f"name a folder that holds, or lies above, {RECOGNISED}")
        for folder, layout in inside.items():
            if layout:
                found.setdefault(folder.resolve(), _Found(folder, layout, asked_for=False))
    return list(found.values())


def _folders_in(path: Path) -> list[Path]:
    try:
        return sorted(folder for folder in path.iterdir() if folder.is_dir())
    except OSError as error:
        what = f"{path}: cannot be opened as a folder ({error.strerror})"
        raise DatasetError(what, mend=f"name a folder that holds, or lies above, {RECOGNISED}") from error


def _layout_of(folder: Path) -> Layout | None:
    return next((layout for layout in LAYOUTS if layout.holds(folder)), None)


def _numbered(songs: AnnotatedSongs, taken: Container[str]) -> AnnotatedSongs:
    names = (songs.name if number == 1 else f"{songs.name} ({number})" for number in count(1))
    return replace(songs, name=next(name for name in names if name not in taken))
