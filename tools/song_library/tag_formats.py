"""The fields of a music file that say its mood, in every format. mutagen is used here.

    format                 mood                           valence, arousal
    mp3, wav, aiff         ID3 frame TMOO                 TXXX:MIEN_VALENCE, TXXX:MIEN_AROUSAL
    flac, ogg, oga, opus   Vorbis comment MOOD            MIEN_VALENCE, MIEN_AROUSAL
    m4a                    ----:com.apple.iTunes:MOOD     ----:com.apple.iTunes:MIEN_VALENCE, …:MIEN_AROUSAL

The mood is the song label of the octant that the song's place lies in; the figures are of the plane [-1, 1], with three
decimals. Moods that the owner gave are kept behind ours. Raw aac files hold no tags.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mutagen
from mutagen.aiff import AIFF
from mutagen.flac import FLAC, Padding
from mutagen.id3 import TMOO, TXXX
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4FreeForm
from mutagen.ogg import OggFileType
from mutagen.wave import WAVE

from device.emotion.labels import SONG_LABELS
from device.emotion.vectors import octant_of
from device.recommendation.song_table import Song

MOOD, VALENCE, AROUSAL = FIELDS = ("MOOD", "MIEN_VALENCE", "MIEN_AROUSAL")

_UTF8 = 3


@dataclass(frozen=True, slots=True)
class Mood:
    """What is written: a song label, and the place in the plane it stands for."""

    label: str
    valence: float
    arousal: float

    @classmethod
    def of(cls, song: Song) -> "Mood":
        """Name the mood of a song."""
        return cls(octant_of(song.valence, song.arousal), song.valence, song.arousal)


def _id3_name(field: str) -> str:
    return "TMOO" if field == MOOD else f"TXXX:{field}"


def _read_id3(tags: Any, name: str) -> list[str]:  # noqa: ANN401 - mutagen has a class of its own for every kind
    return [str(text) for frame in tags.getall(name) for text in frame.text]


def _put_id3(tags: Any, name: str, values: Sequence[str]) -> None:  # noqa: ANN401
    kind, _, description = name.partition(":")
    kinds: dict[str, Any] = {"TXXX": TXXX, "TMOO": TMOO}  # mutagen does not say what these take
    about = [description] if description else []
    frame = kinds[kind](_UTF8, *about, list(values))
    tags.setall(name, [frame])


def _read_comments(tags: Any, name: str) -> list[str]:  # noqa: ANN401
    return list(tags.get(name, []))


def _put_comments(tags: Any, name: str, values: Sequence[str]) -> None:  # noqa: ANN401
    tags[name] = list(values)


def _atom_name(field: str) -> str:
    return f"----:com.apple.iTunes:{field}"


def _read_atoms(tags: Any, name: str) -> list[str]:  # noqa: ANN401
    return [bytes(value).decode("utf-8", errors="replace") for value in tags.get(name, [])]


def _put_atoms(tags: Any, name: str, values: Sequence[str]) -> None:  # noqa: ANN401
    tags[name] = [MP4FreeForm(value.encode()) for value in values]  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class _Fields:
    """How one family of formats keeps texts: the name of a field there, and its values read and put."""

    name: Callable[[str], str]
    read: Callable[[Any, str], list[str]]
    put: Callable[[Any, str, Sequence[str]], None]


_FIELDS = {
    (MP3, WAVE, AIFF): _Fields(_id3_name, _read_id3, _put_id3),
    (FLAC, OggFileType): _Fields(str, _read_comments, _put_comments),
    (MP4,): _Fields(_atom_name, _read_atoms, _put_atoms),
}


class TaggedFile:
    """The tags of one file, as they are stored.

    :raises ValueError: if the file's format holds none.
    :raises mutagen.MutagenError: if the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        file: Any = mutagen.File(path)
        fields = next((fields for kinds, fields in _FIELDS.items() if isinstance(file, kinds)), None)
        if fields is None:
            msg = "its format holds no tags"
            raise ValueError(msg)
        self._fields = fields
        self._has_id3 = isinstance(file, (MP3, WAVE, AIFF))
        if self._has_id3:  # without translation an ID3v2.3 tag stays one, with the frames that v2.4 has not
            file = type(file)(path, translate=False)
        if file.tags is None:
            file.add_tags()
        self._file = file

    def set_mood(self, mood: Mood) -> bool:
        """Set the three fields; tell whether that changed any. Nothing is written yet."""
        moods = self._get(MOOD)
        if self._get(VALENCE) and moods and moods[0] in SONG_LABELS:  # our own, from an earlier time
            moods = moods[1:]
        values = {
            MOOD: [mood.label, *(other for other in moods if other != mood.label)],
            VALENCE: [f"{mood.valence:+.3f}"],
            AROUSAL: [f"{mood.arousal:+.3f}"],
        }
        changed = {field: value for field, value in values.items() if self._get(field) != value}
        for field, value in changed.items():
            self._fields.put(self._file.tags, self._fields.name(field), value)
        return bool(changed)

    def save(self) -> None:
        """Write the tags into the file; ID3v2.3 stays v2.3, v2.2 becomes that, and v1 gets a v2.4 beside it."""
        if self._has_id3:
            major, minor, *_ = self._file.tags.version
            self._file.save(v2_version=4 if major == 1 else max(minor, 3), v23_sep=None)
        else:
            self._file.save()

    def others(self) -> list[str]:
        """List every tag but ours, picture and cue sheet, in a form that can be compared."""
        ours = {self._fields.name(field).upper() for field in FIELDS}
        tags = self._file.tags
        if isinstance(self._file, (FLAC, OggFileType)):
            blocks = [block for block in getattr(self._file, "metadata_blocks", []) if not isinstance(block, Padding)]
            pictures = [f"{block.code} {block.write()!r}" for block in blocks if block is not tags]
            return sorted(f"{key}={value}" for key, value in tags if key.upper() not in ours) + pictures
        unknown = [repr(frame) for frame in getattr(tags, "unknown_frames", [])]
        return sorted(f"{key}={value!r}" for key, value in tags.items() if key.upper() not in ours) + unknown

    def _get(self, field: str) -> list[str]:
        return self._fields.read(self._file.tags, self._fields.name(field))
