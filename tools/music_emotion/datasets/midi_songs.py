"""Puts the songs of a set that ships as MIDI together with the sound that they render to."""

from collections.abc import Sequence
from pathlib import Path

from tools.music_emotion.datasets.entries import Entry, Facts, gather
from tools.music_emotion.datasets.rendering import render
from tools.music_emotion.datasets.songs import AnnotatedSongs


def gather_rendered(  # noqa: PLR0913 - the parts of a set, and where its sound goes
    facts: Facts, entries: Sequence[Entry], *, folder: Path, cache: Path, soundfont: Path | None, sha256: str
) -> AnnotatedSongs:
    """Render the entries' files that the cache does not hold yet, and gather those that have sound.

    :param folder: holds ``<song>.mid`` for each entry.
    :param cache: see :func:`~tools.music_emotion.datasets.rendering.render`; likewise ``soundfont``.
    :raises NoSoundError: if not one entry has sound.
    :raises DatasetError: if rendering is not possible.
    """
    midis = {entry.song: folder / f"{entry.song}.mid" for entry in entries}
    rendered = render(midis.values(), cache, soundfont=soundfont)
    sounds = {song: rendered.sounds[midi] for song, midi in midis.items() if midi in rendered.sounds}
    reasons = {song: rendered.failures[midi] for song, midi in midis.items() if midi in rendered.failures}
    return gather(facts, entries, sounds, folder=folder, sha256=sha256, reasons=reasons)
